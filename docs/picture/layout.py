"""Where boxes, frames and arrows stand; in points, from the left and from the top."""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from picture.arrows import Arrow
    from picture.boxes import Box, Frame

COLUMNS = (0, 205, 415, 625)
"""What holds data, Airflow's first and second column, AWS's services outside of the VPC."""
SLOTS = {
    "clients": (COLUMNS[1], -285),
    "load_balancer": (COLUMNS[1], -165),
    "nat": (COLUMNS[2], -165),
    "database": (COLUMNS[0], 60),
    "names": (COLUMNS[0], 180),
    "endpoints": (COLUMNS[0], 295),
    "file_system": (COLUMNS[0], 440),
    "api_server": (COLUMNS[1], 180),
    "dag_processor": (COLUMNS[1], 295),
    "scheduler": (COLUMNS[2], 0),
    "worker": (COLUMNS[2], 120),
    "triggerer": (COLUMNS[2], 240),
    "airflow": (COLUMNS[1], 120),
    "queue": (COLUMNS[3], 60),
    "bucket": (COLUMNS[3], 180),
    "secrets": (COLUMNS[3], 295),
    "images": (COLUMNS[3], 395),
    "logs": (COLUMNS[3], 490),
}
TASKS = (COLUMNS[1] + COLUMNS[2]) // 2, 440
TASK_PITCH = 120

ICON, TITLE, FACT, LABEL = 40, 13, 11, 11
"""The icon's edge and the sizes of text."""
LINE_HEIGHT = 1.2
CHARACTER = 0.56
"""An average letter's width, in sizes of the text."""
MARGIN, CAPTION = 10, 18
"""Between a frame and what is in it, and the height of the frame's title."""


@dataclass(frozen=True)
class Rectangle:
    """A part of the picture."""

    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def around(cls, x: float, y: float, width: float, height: float) -> Self:
        """Return the rectangle of a size whose centre is given."""
        return cls(x - width / 2, y - height / 2, x + width / 2, y + height / 2)

    @property
    def centre(self) -> tuple[float, float]:
        """The middle, across and down."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def nearest(self, x: float, y: float) -> tuple[float, float]:
        """Return the point of the rectangle that is nearest to a point outside of it."""
        return min(max(x, self.left), self.right), min(max(y, self.top), self.bottom)

    def touches(self, other: Rectangle) -> bool:
        """Return whether the two share a point."""
        across = self.left <= other.right and other.left <= self.right
        return across and self.top <= other.bottom and other.top <= self.bottom
