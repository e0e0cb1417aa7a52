"""Where a task runs, one start at a time."""

from pathlib import Path
from typing import Any

import pytest

from tests.airflow_fargate.container import called, task_starter

STARTS = 400


def providers(capacity: dict[str, Any] | str, home: Path) -> list[str]:
    """Return the providers of many starts of one operator."""
    found = called("operators.providers", capacity, STARTS, **task_starter(home))
    assert all(len(strategy) == 1 for strategy in found)
    return [strategy[0]["capacityProvider"] for strategy in found]


@pytest.mark.parametrize(("percent", "minimum", "maximum"), [(0, 0, 0), (75, 240, 360), (100, STARTS, STARTS)])
def test_of_many_starts_a_share_is_on_spot(percent: int, minimum: int, maximum: int, tmp_path: Path) -> None:
    """Of many starts of a mix, about the configured share is on Spot."""
    found = providers({"spot_percent": percent}, tmp_path)

    assert set(found) <= {"FARGATE", "FARGATE_SPOT"}
    assert minimum <= found.count("FARGATE_SPOT") <= maximum


def test_a_task_toml_may_mix(tmp_path: Path) -> None:
    """A mix in `task.toml` is the operator's capacity if the DAG sets none."""
    (tmp_path / "tasks/mixed").mkdir(parents=True)
    (tmp_path / "tasks/mixed/task.toml").write_text("[capacity]\nspot_percent = 100\n")
    folder = {"AIRFLOW_FARGATE_TASKS_FOLDER": str(tmp_path / "tasks")}

    strategy = called("operators.strategy_of", "mixed", **(task_starter(tmp_path) | folder))

    assert strategy == [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
