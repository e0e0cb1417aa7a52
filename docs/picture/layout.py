"""Where boxes, frames and arrows of the picture stand; in points, from the left and from the top."""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot
from typing import TYPE_CHECKING

from picture.rectangle import Point, Rectangle, between

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from picture.arrows import Arrow
    from picture.boxes import Box, Frame

DATA, FIRST, SECOND, REGION = -25, 190, 420, 645
"""The columns: what holds data, Airflow's two, and AWS's services outside of the VPC."""
MIDDLE = (FIRST + SECOND) / 2
PLACES: dict[str, Point] = {
    "clients": (FIRST, -325),
    "load_balancer": (FIRST, -190),
    "nat": (SECOND, -190),
    "database": (DATA, 60),
    "names": (DATA, 180),
    "endpoints": (DATA, 300),
    "file_system": (DATA, 460),
    "airflow": (MIDDLE, 120),
    "api_server": (FIRST, 180),
    "dag_processor": (FIRST, 310),
    "scheduler": (SECOND, 0),
    # Left and right of the column, so that an arrow from the worker to the tasks passes the triggerer.
    "worker": (SECOND + 20, 120),
    "triggerer": (SECOND - 20, 240),
    "queue": (REGION, 60),
    "bucket": (REGION, 180),
    "secrets": (REGION, 300),
    "images": (REGION, 400),
    "logs": (REGION, 500),
}
TASKS_DOWN = 460
TASK_PITCH = 125

ICON = 40
TITLE, FACT, LABEL = 13, 11, 11
"""Sizes of text."""
LINE_HEIGHT = 1.25
LETTER = 0.54
"""The width of an average letter, in sizes of the text."""
MARGIN, CAPTION = 12, 18
"""Between a frame and what is in it, and the height of a frame's title."""
SHIFTS = (0, 10, -10, 20, -20, 30, -30, 40, -40)
"""How far beside the straight way between two middles an arrow may run."""
LABEL_PARTS = (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8)


@dataclass(frozen=True)
class Line:
    """An arrow on paper, with its label on it."""

    start: Point
    end: Point
    label: str
    label_place: Rectangle


@dataclass(frozen=True)
class Layout:
    """The places of boxes and frames by their ids, and the lines."""

    boxes: Mapping[str, Rectangle]
    frames: Mapping[str, Rectangle]
    lines: Sequence[Line]


def lay_out(boxes: Sequence[Box], frames: Sequence[Frame], arrows: Sequence[Arrow]) -> Layout:
    """Return the layout: boxes have their places by what they are, and arrows go around boxes and labels."""
    places = dict(_box_places(boxes))
    around = _frame_places(boxes, frames, places)
    lines: list[Line] = []
    for arrow in arrows:
        back = any((other.source, other.target) == (arrow.target, arrow.source) for other in arrows)
        taken = [line.label_place for line in lines]
        lines.append(_line(arrow, places, around, taken, shifts=SHIFTS[1:] if back else SHIFTS))
    return Layout(places, around, lines)


def width_of(text: str, size: float) -> float:
    """Return about how wide *text* is."""
    return len(text) * size * LETTER


def _box_places(boxes: Sequence[Box]) -> Iterator[tuple[str, Rectangle]]:
    tasks = [box.id for box in boxes if box.kind == "task"]
    ids = {box.id for box in boxes}
    for box in boxes:
        if box.id in tasks:
            centre = MIDDLE + (tasks.index(box.id) - (len(tasks) - 1) / 2) * TASK_PITCH, TASKS_DOWN
        elif box.id == "airflow" and "worker" in ids:
            centre = PLACES["api_server"]
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
        # Frames inside of one stand above each other: all as wide as the widest.
        for each in [each for each in frames if each.parent == frame.id and each.id in around]:
            left, right = min(one.left for one in inner), max(one.right for one in inner)
            around[each.id] = Rectangle(left, around[each.id].top, right, around[each.id].bottom)
        if inside := [*inner, *(places[box.id] for box in boxes if box.frame == frame.id)]:
            left = min(each.left for each in inside) - MARGIN
            right = max(*(each.right for each in inside), left + width_of(frame.title, FACT)) + MARGIN
            top = min(each.top for each in inside) - MARGIN - CAPTION
            around[frame.id] = Rectangle(left, top, right, max(each.bottom for each in inside) + MARGIN)
    return around


def _line(
    arrow: Arrow,
    places: Mapping[str, Rectangle],
    around: Mapping[str, Rectangle],
    taken: Iterable[Rectangle],
    *,
    shifts: Iterable[float],
) -> Line:
    """Return the first way that crosses no other box, with the label where no box and no other label is."""
    others = [place for box, place in places.items() if box not in (arrow.source, arrow.target)]
    ways = [way for shift in shifts if (way := _way(arrow, places, around, shift))]
    free = [way for way in ways if not any(other.grown(2).part_of(*way) for other in others)]
    width, height = width_of(arrow.label, LABEL) + 4, LABEL * LINE_HEIGHT
    covered = [*places.values(), *taken]
    for start, end in free or ways:
        for part in LABEL_PARTS:
            label_place = Rectangle.around(between(start, end, part), width, height)
            if not any(label_place.touches(each) for each in covered):
                return Line(start, end, arrow.label, label_place)
    start, end = (free or ways)[0]
    return Line(start, end, arrow.label, Rectangle.around(between(start, end, 0.5), width, height))


def _way(
    arrow: Arrow, places: Mapping[str, Rectangle], around: Mapping[str, Rectangle], shift: float
) -> tuple[Point, Point] | None:
    """Return start and end of the arrow, moved to its right by *shift*; None if it would miss a box."""
    source, target = (places.get(end) or around[end] for end in (arrow.source, arrow.target))
    start = source.centre if arrow.source in places else source.nearest(target.centre)
    end = target.centre if arrow.target in places else target.nearest(source.centre)
    length = hypot(end[0] - start[0], end[1] - start[1]) or 1
    aside = -(end[1] - start[1]) / length * shift, (end[0] - start[0]) / length * shift
    start, end = ((point[0] + aside[0], point[1] + aside[1]) for point in (start, end))
    leaving = source.part_of(start, end) if arrow.source in places else (0.0, 0.0)
    entering = target.part_of(start, end) if arrow.target in places else (1.0, 1.0)
    if not leaving or not entering:
        return None
    return between(start, end, leaving[1]), between(start, end, entering[0])
