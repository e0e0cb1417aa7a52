"""The lines of arrows: past other boxes, with their labels in free places."""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot
from textwrap import wrap
from typing import TYPE_CHECKING

from airflow_on_fargate.diagram.rectangle import Point, Rectangle, between
from airflow_on_fargate.diagram.text import LABEL, LINE_HEIGHT, width_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Way = tuple[Point, Point]

ASIDE = (10, -10, 20, -20, 30, -30, 40, -40)
"""How far an arrow may run beside the straight line."""
CLEARANCE = 2
"""The minimum distance from a box that is not an end of the arrow."""
LABEL_LETTERS = 12
"""A longer label has a second row."""
LABEL_PARTS = (0.5, 0.6, 0.4)
"""The places of a label on its arrow, the best first; the label is moved before the arrow is."""


@dataclass(frozen=True)
class End:
    """The start or end of an arrow: a box, or any point on the edge of a frame."""

    place: Rectangle
    is_box: bool


@dataclass(frozen=True)
class Line:
    """An arrow on paper, with the rows of its label on it."""

    start: Point
    end: Point
    label: tuple[str, ...]
    label_place: Rectangle


def line(
    source: End, target: End, label: str, *, straight: bool, avoid: Sequence[Rectangle], covered: Sequence[Rectangle]
) -> Line:
    """
    Return the first way that crosses nothing to *avoid* and whose label does not overlap the *covered* places.

    If there is none, return the first way.
    """
    rows = tuple(wrap(label, LABEL_LETTERS))
    width, height = max(width_of(row, LABEL) for row in rows) + 4, len(rows) * LABEL * LINE_HEIGHT
    ways = list(_ways(source, target, straight=straight))
    free = [way for way in ways if not any(each.grown(CLEARANCE).part_of(*way) for each in avoid)] or ways
    places = [(way, Rectangle.around(between(*way, part), width, height)) for way in free for part in LABEL_PARTS]
    unwritten = [each for each in places if not any(each[1].touches(other) for other in covered)]
    (start, end), label_place = next(iter(unwritten or places))
    return Line(start, end, rows, label_place)


def _ways(source: End, target: End, *, straight: bool) -> Iterator[Way]:
    for aside in (0, *ASIDE) if straight else ASIDE:
        if way := _way_between_middles(source, target, aside):
            yield way
    if source.is_box and target.is_box:
        own = source.place.grown(-1), target.place.grown(-1)
        for way in ((start, end) for start in source.place.sides for end in target.place.sides):
            if not any(place.part_of(*way) for place in own):
                yield way


def _way_between_middles(source: End, target: End, aside: float) -> Way | None:
    """Return the way between the middles of the ends, moved to its right by *aside*; None if that misses an end."""
    start = source.place.centre if source.is_box else source.place.nearest(target.place.centre)
    end = target.place.centre if target.is_box else target.place.nearest(source.place.centre)
    length = hypot(end[0] - start[0], end[1] - start[1]) or 1
    across, down = -(end[1] - start[1]) / length * aside, (end[0] - start[0]) / length * aside
    start, end = (start[0] + across, start[1] + down), (end[0] + across, end[1] + down)
    leaving = source.place.part_of(start, end) if source.is_box else (0.0, 0.0)
    entering = target.place.part_of(start, end) if target.is_box else (1.0, 1.0)
    return (between(start, end, leaving[1]), between(start, end, entering[0])) if leaving and entering else None
