"""Promises of the benchmark of the autoscaler's queries."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.forecast_queries import page

RESULT: dict[str, Any] = {
    "rows": {"DAGs": 2000},
    "restarted": {"reads histories": [80.0]},
    "warm": {
        "rounds": {"reads histories": [20.0] * 99 + [400.0], "reads none": [9.0]},
        "queries": {"past runs": [7.0]},
        "indexes": {"past runs": ["dag_run_pkey", "idx_next_dagrun_create_after"]},
    },
}


def test_a_slow_round_is_over_the_limit() -> None:
    """More than one in twenty warm rounds over 50 ms is too much, and one of a hundred is not."""
    slow = RESULT["warm"] | {"rounds": {"reads histories": [20.0] * 90 + [50.1] * 10, "reads none": [9.0]}}

    assert page.is_good(RESULT)
    assert not page.is_good(RESULT | {"warm": slow})


def test_the_page_has_each_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page and its JSON have the times of rounds and queries, and the indexes that PostgreSQL named."""
    monkeypatch.setattr(page, "DOCS", tmp_path)
    monkeypatch.setattr(page, "MEASURED", tmp_path / "performance-forecast.json")

    page.keep(RESULT)

    text = (tmp_path / "performance-forecast.md").read_text()
    assert "| a round that reads histories, warm | 100 | 20 ms | 20 ms | 400 ms | p95 50 ms |" in text
    assert "| a round that reads histories, after a restart | 1 | 80 ms | 80 ms | 80 ms | - |" in text
    assert "| past runs | `dag_run_pkey`, `idx_next_dagrun_create_after` |" in text
    assert json.loads((tmp_path / "performance-forecast.json").read_text())["rows"] == {"DAGs": 2000}
