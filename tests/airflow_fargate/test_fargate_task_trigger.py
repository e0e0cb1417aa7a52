"""Promises of the trigger that no test of a run keeps."""

from pathlib import Path

import pytest

from tests.airflow_fargate.container import called, task_starter


@pytest.mark.parametrize("sec", [None, 60])
def test_only_its_own_time_limit_stops_a_task(tmp_path: Path, sec: float | None) -> None:
    """Another call that takes too long is no reason to stop a container that runs."""
    assert called("triggers.end_with_another_timeout", sec, **task_starter(tmp_path)) == "of something else"
