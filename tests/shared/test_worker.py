"""Promises of the time of a worker after SIGTERM."""

import pytest

from constructs_lib.shared.worker import hand_back_after_sec


@pytest.mark.parametrize(("stop_timeout_sec", "handed_back_sec"), [(120, 95), (60, 35), (50, 25), (30, 15), (2, 1)])
def test_a_task_has_half_of_the_time_or_more(stop_timeout_sec: float, handed_back_sec: float) -> None:
    """A task has half of the stop timeout or more before it is handed back."""
    assert hand_back_after_sec(stop_timeout_sec) == handed_back_sec
