"""Promises of the trigger that no test of a run keeps."""

from typing import Any

import pytest

from tests.airflow_fargate.container import called, task_starter


@pytest.fixture(name="found", scope="module")
def _found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Run the triggers in one process, for Airflow takes seconds to import."""
    found: dict[str, Any] = called("triggers.found", [None, 60], 1_000, **task_starter(tmp_path_factory.mktemp("home")))
    return found


def test_only_its_own_time_limit_stops_a_task(found: dict[str, Any]) -> None:
    """Only its own time limit makes the trigger stop a container."""
    assert found["errors"] == ["of something else"] * 2


def test_other_triggers_have_their_turn_while_one_logs(found: dict[str, Any]) -> None:
    """A trigger that logs many lines lets other triggers run."""
    assert found["turns of others"] >= 1_000 / 100
