"""The places of boxes, frames and arrows in the picture; in points, from the left and from the top."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_on_fargate.diagram.lines import End, Line, line
from airflow_on_fargate.diagram.rectangle import Point, Rectangle
from airflow_on_fargate.diagram.text import FACT, LINE_HEIGHT, TITLE, width_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from airflow_on_fargate.diagram.arrows import Arrow
    from airflow_on_fargate.diagram.boxes import Box
    from airflow_on_fargate.diagram.frames import Frame

DATA, FIRST, SECOND, REGION = -25, 190, 420, 645
"""The columns: data, Airflow's two, and AWS's services outside the VPC."""
MIDDLE = (FIRST + SECOND) / 2
PLACES: dict[str, Point] = {
    "clients": (FIRST, -355),
    "load_balancer": (FIRST, -198),
    "nat": (SECOND, -198),
    "database": (DATA, 60),
    "names": (DATA, 180),
    "endpoints": (DATA, 310),
    "file_system": (DATA, 460),
    "airflow": (MIDDLE, 120),
    "api_server": (FIRST, 180),
    "dag_processor": (FIRST, 310),
    "scheduler": (SECOND, 0),
    # Left and right of the column, so that an arrow from the worker to the tasks passes the triggerer.
    "workers": (SECOND + 20, 120),
    "triggerer": (SECOND - 20, 325),
    "queue": (REGION, 60),
    "bucket": (REGION, 180),
    "bucket dags": (REGION, -60),
    "secrets": (REGION, 300),
    "images": (REGION, 400),
    "logs": (REGION, 500),
}
BESIDE_WORKERS: dict[str, Point] = {"airflow": (FIRST, 120), "workers": (SECOND, 240)}
"""In the compact topology with worker pools."""
TASKS_DOWN = 460
TASK_PITCH = 125

ICON = 40
MARGIN, CAPTION = 12, 18
"""The space between a frame and its boxes, and the height of a frame's title."""


@dataclass(frozen=True)
class Layout:
    """The places of boxes and frames by their ids, and the lines."""

    boxes: Mapping[str, Rectangle]
    frames: Mapping[str, Rectangle]
    lines: Sequence[Line]


def lay_out(boxes: Sequence[Box], frames: Sequence[Frame], arrows: Sequence[Arrow]) -> Layout:
    """Return the layout: each kind of box has its place, and arrows go around boxes and labels."""
    places = dict(_box_places(boxes))
    around = _frame_places(boxes, frames, places)
    titles = {frame.id: caption(frame, around[frame.id]) for frame in frames if frame.id in around}
    lines: list[Line] = []
    for arrow in arrows:
        ends = (arrow.source, arrow.target)
        boxes_beside = [place for box, place in places.items() if box not in ends]
        covered = [*places.values(), *titles.values(), *(each.label_place for each in lines)]
        source, target = (End(places.get(end) or around[end], is_box=end in places) for end in ends)
        # Two arrows between the same boxes run beside each other.
        alone = not any((each.target, each.source) == ends for each in arrows)
        lines.append(line(source, target, arrow.label, straight=alone, avoid=boxes_beside, covered=covered))
    return Layout(places, around, lines)


def caption(frame: Frame, place: Rectangle) -> Rectangle:
    """Return the place of the title of *frame*, whose own place is *place*."""
    left, top = place.left + MARGIN, place.top + MARGIN / 2
    return Rectangle(left, top, left + width_of(frame.title, FACT), top + CAPTION)


def _box_places(boxes: Sequence[Box]) -> Iterator[tuple[str, Rectangle]]:
    tasks = [box.id for box in boxes if box.kind == "task"]
    ids = {box.id for box in boxes}
    for box in boxes:
        centre: Point
        if box.id in tasks:
            centre = MIDDLE + (tasks.index(box.id) - (len(tasks) - 1) / 2) * TASK_PITCH, TASKS_DOWN
        elif {"airflow", "workers"} <= ids and box.id in BESIDE_WORKERS:
            centre = BESIDE_WORKERS[box.id]
        else:
            centre = PLACES[box.id if box.id in PLACES else box.kind]
        width = max(width_of(box.title, TITLE), *(width_of(fact, FACT) for fact in box.facts), ICON) + 4
        height = ICON + TITLE * LINE_HEIGHT + len(box.facts) * FACT * LINE_HEIGHT + 8
        yield box.id, Rectangle.around(centre, width, height)


def _frame_places(
    boxes: Sequence[Box], frames: Sequence[Frame], places: Mapping[str, Rectangle]
) -> dict[str, Rectangle]:
    around: dict[str, Rectangle] = {}
    for frame in reversed(frames):
        inner = [around[each.id] for each in frames if each.parent == frame.id and each.id in around]
        # Inner frames are above each other, all as wide as the widest.
        for each in [each for each in frames if each.parent == frame.id and each.id in around]:
            left, right = min(one.left for one in inner), max(one.right for one in inner)
            around[each.id] = Rectangle(left, around[each.id].top, right, around[each.id].bottom)
        if inside := [*inner, *(places[box.id] for box in boxes if box.frame == frame.id)]:
            left = min(each.left for each in inside) - MARGIN
            right = max(*(each.right for each in inside), left + width_of(frame.title, FACT)) + MARGIN
            top = min(each.top for each in inside) - MARGIN - CAPTION
            around[frame.id] = Rectangle(left, top, right, max(each.bottom for each in inside) + MARGIN)
    return around
