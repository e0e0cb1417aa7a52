"""Draw the outcomes as an SVG picture, which GitHub shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_on_fargate.simulator.lines import draw_lines
from airflow_on_fargate.simulator.outcome import FIGURES
from airflow_on_fargate.simulator.svg import COLOURS, MARGIN, WIDTH, box, picture, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow_on_fargate.simulator.comparison import Row
    from airflow_on_fargate.simulator.lines import Lines

DRAWN = ("makespan", "wait p50", "wait p95", "worker-hours", "dollars", "cut off", "stuck")
BAR_HEIGHT, BAR_GAP, GROUP_GAP = 11, 3, 16
LABEL_WIDTH, NUMBER_WIDTH, LEGEND_WIDTH = 104, 60, 220
COLUMN = (WIDTH - MARGIN - LABEL_WIDTH) / len(DRAWN)


def draw(workloads: Mapping[str, Sequence[Row]], *, lines: Lines | None = None) -> str:
    """Return a bar for each figure of each workload; *lines*, the workers over time, are above them."""
    parts = _legend([row.name.partition(" of ")[0] for row in next(iter(workloads.values()))])
    top = 50.0
    if lines:
        parts.append(text(MARGIN, top, f"workers, {lines.workload}", bold=True))
        parts += draw_lines(workloads[lines.workload], lines, top=top + 12)
        top += lines.height + 62
    for number, name in enumerate(DRAWN):
        parts.append(text(MARGIN + LABEL_WIDTH + number * COLUMN, top, name, bold=True))
    top += 12
    for workload, rows in workloads.items():
        height = len(rows) * (BAR_HEIGHT + BAR_GAP)
        parts.append(text(MARGIN, top + height / 2 + 4, workload, bold=True))
        for number, name in enumerate(DRAWN):
            parts += _bars(rows, name, left=MARGIN + LABEL_WIDTH + number * COLUMN, top=top)
        top += height + GROUP_GAP
    return picture(parts, top)


def _legend(names: Sequence[str]) -> list[str]:
    parts = []
    for number, (name, colour) in enumerate(zip(names, COLOURS, strict=False)):
        left = MARGIN + number * min(LEGEND_WIDTH, (WIDTH - 2 * MARGIN) / len(names))
        parts += [box(left, 12, 12, 12, colour), text(left + 18, 22, name)]
    return parts


def _bars(rows: Sequence[Row], figure: str, *, left: float, top: float) -> list[str]:
    get, write = FIGURES[figure]
    values = [get(row.outcome) for row in rows]
    maximum = max(values) or 1
    parts = []
    for number, (value, colour) in enumerate(zip(values, COLOURS, strict=False)):
        upper = top + number * (BAR_HEIGHT + BAR_GAP)
        length = max(1, value / maximum * (COLUMN - NUMBER_WIDTH))
        parts += [box(left, upper, length, BAR_HEIGHT, colour), text(left + length + 4, upper + 9, write(value))]
    return parts
