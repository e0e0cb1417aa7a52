"""Promises of waiting for AWS."""

import pytest

from airflow_on_fargate.operations.waiting import CLOCK, Clock, OperationError, local_time, wait_until
from tests.airflow_on_fargate.operations.described import at


def test_what_comes_in_time_is_returned() -> None:
    """A value that arrives in time is returned."""
    answers = iter([None, None, "there"])

    assert wait_until(lambda: next(answers), "it is not there", 60, 0, CLOCK) == "there"


def test_patience_ends_in_a_sentence() -> None:
    """A time limit ends in a sentence with the limit and what was waited for."""
    minutes = iter(range(9))
    clock = Clock(now=lambda: at(next(minutes)), sleep=lambda _: None)

    with pytest.raises(OperationError, match=r"^the database is not available after 3 minutes$"):
        wait_until(lambda: None, "the database is not available", 180, 15, clock)


def test_a_moment_is_printed_in_local_time() -> None:
    """A moment is printed in the machine's local time."""
    assert local_time(at(0)) == f"{at(0).astimezone():%H:%M:%S}"
