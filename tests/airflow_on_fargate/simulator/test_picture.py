"""Promises of the picture."""

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from airflow_on_fargate.simulator.comparison import Row
from airflow_on_fargate.simulator.lines import Lines
from airflow_on_fargate.simulator.outcome import Outcome
from airflow_on_fargate.simulator.picture import COLUMN, DRAWN, draw
from airflow_on_fargate.simulator.svg import COLOURS, WIDTH

NAMESPACE = "{http://www.w3.org/2000/svg}"
LINES = Lines(workload="burst", zero_sec=1000, begin_sec=700, end_sec=1600)


def outcome(**changes: float) -> Outcome:
    """Return an outcome of ones, but for *changes*."""
    figures: dict[str, Any] = dict.fromkeys(
        ("succeeded", "cut_off", "stuck", "left", "handed_back", "makespan_sec", "wait_p50_sec", "wait_p95_sec"), 1
    )
    return Outcome(
        **figures
        | {"worker_hours": 1, "dollars": 1, "counts": [(0.0, 0), (900.0, 4), (1300.0, 1), (5000.0, 0)]}
        | changes
    )


def rows(**ours: float) -> list[Row]:
    """Return what four contenders made of a workload; *ours* is the first one's."""
    return [
        Row("ours", outcome(**ours)),
        Row("CPU & co", outcome()),
        Row("wait", outcome()),
        Row("fixed of 3", outcome()),
    ]


def drawn(lines: Lines | None = None, **ours: float) -> ET.Element:
    """Return the picture of two workloads as a tree."""
    return ET.fromstring(draw({"burst": rows(**ours), "steady": rows()}, lines=lines))  # noqa: S314 our own text


def test_it_has_a_bar_for_each_figure() -> None:
    """The picture has a bar for each figure of each contender and workload, scaled to the longest."""
    bars = [each for each in drawn(worker_hours=50).iter(f"{NAMESPACE}rect") if each.get("height") == "11.0"]

    assert len(bars) == 2 * 4 * len(DRAWN)
    assert [each.get("fill") for each in bars[:4]] == list(COLOURS[:4])
    hours = bars[4 * DRAWN.index("worker-hours") :][:4]
    assert float(hours[0].get("width", "")) == pytest.approx(50 * float(hours[1].get("width", "")), rel=0.05)
    assert all(float(each.get("width", "")) < COLUMN for each in bars)


def test_its_words_are_those_of_the_figures() -> None:
    """The picture has the names of workloads, figures and contenders, and the figures of the table."""
    words = [each.text for each in drawn(wait_p95_sec=720, cut_off=0).iter(f"{NAMESPACE}text")]

    assert {"ours", "CPU & co", "wait", "fixed", "burst", "steady", *DRAWN, "12.0 min", "0"} <= set(words)


def test_a_line_goes_as_the_workers_do() -> None:
    """A line follows the number of workers within the drawn time."""
    line = [each for each in drawn(LINES).iter(f"{NAMESPACE}polyline") if each.get("stroke") == COLOURS[0]]
    [points] = [[tuple(map(float, point.split(","))) for point in each.get("points", "").split()] for each in line]
    heights = [312 - count / 4 * 250 for count in (0, 0, 4, 4, 1, 1)]

    assert [round(top) for _, top in points] == [round(each) for each in heights]
    assert [left for left, _ in points] == pytest.approx(
        [LINES.left(second) for second in (700, 900, 900, 1300, 1300, 1600)], abs=0.1
    )
    assert points[-1][0] < WIDTH
