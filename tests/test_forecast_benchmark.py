"""Promises of the benchmark of the autoscaler's queries."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.forecast_queries import page

RESULT: dict[str, Any] = {
    "rows": {"DAGs": 2000},
    "rounds": {
        "reads": [(20.0, 31.5)] * 99 + [(400.0, 900.0)],
        "quiet": [(9.0, 80.0)],
        "restarted": [(120.0, 310.0)],
    },
    "queries": {"past runs": [(7.0, 7.5)]},
    "plans": {
        "past runs": {"indexes": ["dag_run_pkey", "idx_next_dagrun_create_after"], "tables": [], "cost": 2698.35},
    },
    "pause_ms": 100,
    "histories": 25,
    "load": 2.5,
}


def with_plan(**changed: object) -> dict[str, Any]:
    """Return the result with one plan *changed*."""
    return RESULT | {"plans": {"past runs": RESULT["plans"]["past runs"] | changed}}


@pytest.mark.parametrize("kind", ["reads", "quiet"])
def test_a_slow_round_is_over_the_limit(kind: str) -> None:
    """More than one in twenty warm rounds over 50 ms of CPU time is too much; elapsed time has no limit."""
    slow = RESULT["rounds"] | {kind: [(20.0, 31.5)] * 90 + [(50.1, 60.0)] * 10}

    assert page.is_good(RESULT)
    assert not page.is_good(RESULT | {"rounds": slow})


def test_a_plan_that_postgresql_may_compile_is_over_the_limit() -> None:
    """A plan must cost less than those that PostgreSQL compiles, because compiling takes longer than the query."""
    assert page.is_good(with_plan(cost=99_999))
    assert not page.is_good(with_plan(cost=100_000))


def test_a_table_that_is_read_whole_is_too_much() -> None:
    """A plan that reads a table without an index fails the benchmark."""
    assert not page.is_good(with_plan(tables=["task_instance"]))


def test_the_page_has_each_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page and its JSON have the times of rounds and queries, and the indexes that PostgreSQL named."""
    monkeypatch.setattr(page, "DOCS", tmp_path)
    monkeypatch.setattr(page, "MEASURED", tmp_path / "performance-forecast.json")

    page.keep(RESULT)

    text = (tmp_path / "performance-forecast.md").read_text()
    reads = "100 | 20 ms | 20 ms | 400 ms | 50 ms | 31.5 ms | 31.5 ms | 31.5 ms | 900 ms"
    restarted = "1 | 120 ms | 120 ms | 120 ms | - | 310 ms | 310 ms | 310 ms | 310 ms"
    assert f"| a warm round that reads histories | {reads} |" in text
    assert f"| the first round after a restart | {restarted} |" in text
    assert "| past runs | `dag_run_pkey`, `idx_next_dagrun_create_after` | none | 2,698 |" in text
    assert json.loads((tmp_path / "performance-forecast.json").read_text())["rows"] == {"DAGs": 2000}
