"""Promises of docs/elasticity.md."""

import re
import runpy
from dataclasses import replace
from pathlib import Path

import pytest

from airflow_on_fargate.simulator.checks import checks, schedule_checks
from airflow_on_fargate.simulator.comparison import Row
from airflow_on_fargate.simulator.report import write_report
from tests.airflow_on_fargate.simulator.pools import POOL
from tests.airflow_on_fargate.simulator.test_picture import outcome, rows
from tests.clone import PROJECT

DOCS = PROJECT / "docs"


@pytest.mark.figures
def test_the_page_is_what_the_command_writes_and_all_figures_are_kept(tmp_path: Path) -> None:
    """The page is what `python docs/elasticity.py` writes, and keeps all limits."""
    lines: list[str] = []

    assert write_report(tmp_path, project=PROJECT, report=lines.append), lines

    for name in ("elasticity.md", "elasticity.svg"):
        assert (tmp_path / name).read_text() == (DOCS / name).read_text()


@pytest.mark.parametrize(("all_kept", "code"), [(True, 0), (False, 1)])
def test_the_command_fails_if_a_figure_is_not_kept(monkeypatch: pytest.MonkeyPatch, all_kept: bool, code: int) -> None:
    """The exit code is 1 if a figure is over its limit."""
    monkeypatch.setattr("airflow_on_fargate.simulator.report.write_report", lambda *_, **__: all_kept)

    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(DOCS / "elasticity.py"), run_name="__main__")

    assert end.value.code == code


def test_the_page_names_its_source() -> None:
    """The page names the command, the date of the prices, and a source of each assumption."""
    page = (DOCS / "elasticity.md").read_text()
    assumed = page.split("## What is assumed")[1].split("\n\n")[1].splitlines()[2:]

    assert "python docs/elasticity.py" in page
    assert re.search(r"us-east-1, \d{4}-\d\d", page)
    assert len(assumed) > 10
    assert all(line.count(" | ") == 2 and line.split(" | ")[2].strip(" |") for line in assumed)


@pytest.mark.parametrize(
    ("changed", "wake_sec", "missed"),
    [
        ({}, 100, []),
        (
            {"worker_hours": 3},
            100,
            ["worker-hours, compared with a fixed fleet", "worker-hours, compared with the CPU"],
        ),
        ({"wait_p95_sec": 0.6}, 100, ["p95 wait, compared with the CPU"]),
        ({"cut_off": 1}, 100, ["task instances cut off"]),
        ({}, 111, ["from no worker"]),
    ],
)
def test_a_figure_that_is_not_kept_is_reported(changed: dict[str, float], wake_sec: float, missed: list[str]) -> None:
    """A figure over its limit is reported."""
    ours, computing, waiting, _ = rows(**{"worker_hours": 1, "wait_p95_sec": 0.5, "cut_off": 0} | changed)
    fleet = Row("fixed fleet of 3", outcome(worker_hours=10))
    found = checks({"nightly burst": [ours, computing, waiting, fleet]}, replace(outcome(), wait_p50_sec=wake_sec))

    assert len(found) == 5
    assert [word for check in found if not check.kept for word in missed if word in check.what] == missed
    assert sum(not check.kept for check in found) == len(missed)


def test_a_figure_of_the_schedules_that_is_not_kept_is_reported() -> None:
    """Waits, worker-hours and the cost of a wrong forecast have limits."""
    following = replace(outcome(), worker_hours=10)
    own = replace(outcome(), worker_hours=11, wait_p50_sec=5, wait_p95_sec=20, ahead=6)
    slow = replace(outcome(), worker_hours=12, wait_p50_sec=5.1, wait_p95_sec=20.1, ahead=6)

    for ours, expected in ((own, [True] * 4), (slow, [False] * 4)):
        rows_of_day = [Row("following", following), Row("ahead", ours)]
        wrong = {"paused": (following, ours), "new": (following, following)}
        assert [check.kept for check in schedule_checks({"spiky": rows_of_day}, wrong, POOL)] == expected
