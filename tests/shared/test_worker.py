"""Promises of the time of a worker after SIGTERM."""

import pytest

from constructs_lib.airflow.workers import IN_PERIOD_SEC
from constructs_lib.shared.worker import QUIET_SEC, hand_back_after_sec
from constructs_lib.shared.workers_missing import ROUND_SEC


@pytest.mark.parametrize(("stop_timeout_sec", "handed_back_sec"), [(120, 95), (60, 35), (50, 25), (30, 15), (2, 1)])
def test_a_task_has_half_of_the_time_or_more(stop_timeout_sec: float, handed_back_sec: float) -> None:
    """A task has half of the stop timeout or more before it is handed back."""
    assert hand_back_after_sec(stop_timeout_sec) == handed_back_sec


def test_a_worker_that_has_no_work_is_not_kept_for_long() -> None:
    """The time bridges the pause between two short tasks, and is over before an alarm in removes a worker."""
    assert ROUND_SEC < QUIET_SEC < IN_PERIOD_SEC
