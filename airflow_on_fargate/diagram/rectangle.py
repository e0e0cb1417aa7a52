"""Rectangles and lines on paper; in points, from the left and from the top."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

Point = tuple[float, float]


@dataclass(frozen=True)
class Rectangle:
    """A part of the picture."""

    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def around(cls, centre: Point, width: float, height: float) -> Self:
        """Return the rectangle of a size around a point."""
        x, y = centre
        return cls(x - width / 2, y - height / 2, x + width / 2, y + height / 2)

    @property
    def centre(self) -> Point:
        """The middle."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    @property
    def sides(self) -> tuple[Point, ...]:
        """The middles of the sides."""
        x, y = self.centre
        return (x, self.top), (self.right, y), (x, self.bottom), (self.left, y)

    def grown(self, by: float) -> Rectangle:
        """Return the rectangle that is larger on every side."""
        return Rectangle(self.left - by, self.top - by, self.right + by, self.bottom + by)

    def nearest(self, point: Point) -> Point:
        """Return the point of the rectangle that is nearest to another one."""
        x, y = point
        return min(max(x, self.left), self.right), min(max(y, self.top), self.bottom)

    def touches(self, other: Rectangle) -> bool:
        """Return whether the two share a point."""
        across = self.left <= other.right and other.left <= self.right
        return across and self.top <= other.bottom and other.top <= self.bottom

    def part_of(self, start: Point, end: Point) -> tuple[float, float] | None:
        """
        Return where the line from *start* to *end* enters and leaves the rectangle, as parts of its length.

        None: the line does not meet it.
        """
        enters, leaves = 0.0, 1.0
        for begin, finish, low, high in (
            (start[0], end[0], self.left, self.right),
            (start[1], end[1], self.top, self.bottom),
        ):
            way = finish - begin
            if way == 0:
                if not low <= begin <= high:
                    return None
                continue
            first, second = sorted(((low - begin) / way, (high - begin) / way))
            enters, leaves = max(enters, first), min(leaves, second)
        return (enters, leaves) if enters <= leaves else None


def between(start: Point, end: Point, part: float) -> Point:
    """Return the point after *part* of the way from *start* to *end*."""
    return start[0] + part * (end[0] - start[0]), start[1] + part * (end[1] - start[1])
