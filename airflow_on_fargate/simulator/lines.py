"""The workers of each contender over some time, as lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_on_fargate.simulator.svg import COLOURS, MARGIN, WIDTH, line, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_on_fargate.simulator.comparison import Row

LEFT, RIGHT = MARGIN + 30, WIDTH - MARGIN - 16
GRID, GRID_LINES, MINUTES = "#e4e4e4", 4, 5


@dataclass(frozen=True, kw_only=True)
class Lines:
    """The workload to draw, its first and last second, and the second that the axis labels 0."""

    workload: str
    zero_sec: float
    begin_sec: float
    end_sec: float
    height: float = 250

    def left(self, second: float) -> float:
        """Return the place of *second* on the axis."""
        return LEFT + (second - self.begin_sec) / (self.end_sec - self.begin_sec) * (RIGHT - LEFT)


def draw_lines(rows: Sequence[Row], lines: Lines, *, top: float) -> list[str]:
    """Return a line for each of *rows*, and the grid behind them."""
    bottom = top + lines.height
    maximum = max(count for row in rows for _, count in row.outcome.counts)
    parts = []
    for number in range(GRID_LINES + 1):
        height = bottom - lines.height * number / GRID_LINES
        parts.append(line([(LEFT, height), (RIGHT, height)], GRID))
        parts.append(text(LEFT - 6, height + 4, f"{maximum * number / GRID_LINES:.0f}", anchor="end"))
    for minute in range(0, int(lines.end_sec - lines.begin_sec) // 60 + 1, MINUTES):
        second = lines.begin_sec + minute * 60
        label = f"{(second - lines.zero_sec) / 60:.0f} min"
        parts.append(text(lines.left(second), bottom + 15, label, anchor="middle"))
    # Ours last, on top of the others.
    for row, colour in reversed(list(zip(rows, COLOURS, strict=False))):
        points = [
            (lines.left(second), bottom - count / maximum * lines.height)
            for second, count in _steps(row.outcome.counts, lines.begin_sec, lines.end_sec)
        ]
        parts.append(line(points, colour, width=2))
    return parts


def _steps(counts: Sequence[tuple[float, int]], begin: float, end: float) -> list[tuple[float, int]]:
    """Return the corners of a line that goes up and down where the count changes."""
    count = next(before for second, before in reversed(counts) if second <= begin)
    corners = [(begin, count)]
    for second, after in counts:
        if begin < second <= end:
            corners += [(second, count), (second, after)]
            count = after
    return [*corners, (end, count)]
