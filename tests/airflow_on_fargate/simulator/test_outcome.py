"""Promises of the figures."""

import pytest

from airflow_on_fargate.simulator.outcome import percentile
from airflow_on_fargate.simulator.task_instance import TaskInstance, Work


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [([], 50, 0), ([7], 95, 7), ([3, 1, 2], 50, 2), (range(1, 101), 95, 95), (range(1, 21), 95, 19), ([1, 2], 50, 1)],
)
def test_a_percentile_is_the_smallest_that_so_many_do_not_exceed(
    values: list[float], percent: float, expected: float
) -> None:
    """A percentile is the smallest value that enough others do not exceed, and 0 without values."""
    assert percentile(values, percent) == expected


def test_a_failed_task_waited_until_it_failed() -> None:
    """The wait of a failed task instance ends when it fails."""
    instance = TaskInstance(Work(ready_sec=100, run_sec=1))
    instance.end("stuck", 1900)

    assert instance.wait_sec == 1800
