"""Promises of the line in a task's log with the value that it has returned."""

from pathlib import Path

from tests.airflow_fargate.container import called, task_starter


def test_a_value_that_is_too_long_to_read_is_not_in_the_log(tmp_path: Path) -> None:
    """A long returned value is not in the log, and a short one is."""
    small, large = called("logs.returned_values", [10_000, 10_001], **task_starter(tmp_path))

    assert small == f"Done. Returned value was: {'x' * 10_000}"
    assert large == "Done. Returned value not shown: it has 10,001 characters"
