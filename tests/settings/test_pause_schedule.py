"""Promises of when a stage is paused and woken."""

from typing import Any

import pytest
from pydantic import ValidationError

from constructs_lib.settings.pause_schedule import Minutes, PauseSchedule

NIGHT, MORNING = "cron(0 20 ? * MON-FRI *)", "cron(0 7 ? * MON-FRI *)"


def test_nights_and_weekends_are_one_schedule() -> None:
    """One schedule pauses at night and over the weekend."""
    schedule = PauseSchedule(pause=NIGHT, resume=MORNING, time_zone="Europe/Berlin")

    assert (schedule.pause, schedule.resume, schedule.time_zone) == (NIGHT, MORNING, "Europe/Berlin")


def test_the_database_is_stopped_last_and_started_first() -> None:
    """A pause stops the database last, and a resume starts it first."""
    schedule = PauseSchedule(pause=NIGHT, resume=MORNING, drain_min=60)

    assert schedule.pausing == Minutes(workers=0, core=60, database=65)
    assert schedule.resuming == Minutes(workers=17, core=12, database=2)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"pause": "0 20 * * *"}, "must be a cron expression of EventBridge Scheduler"),
        ({"time_zone": "Europe/Berln"}, "must be a time zone .*, got 'Europe/Berln'; did you mean 'Europe/Berlin'?"),
        ({"time_zone": "CET+1 or so"}, "must be a time zone .*; see en.wikipedia.org"),
        ({"drain_min": 0}, "greater than or equal to 1"),
        (
            {"pause": "cron(50 23 28 * ? *)"},
            "pause must be at times to which 20 minutes can be added in one cron expression, got .*: the day",
        ),
        (
            {"resume": "cron(50 23 ? JAN-NOV MON *)"},
            "resume must be at times to which 12 minutes can be added in one cron expression",
        ),
        (
            {"resume": "cron(40 20 ? * MON-FRI *)"},
            r"resume must start 50 minutes or more after pause, which takes 20 minutes, got .* are 40 minutes apart",
        ),
        ({"resume": NIGHT}, "resume must start 50 minutes or more after pause, .* are 0 minutes apart"),
        (
            {"resume": "cron(30 19 * * ? *)"},
            r"pause must start 47 minutes or more after resume, which takes 17 minutes, got .* are 30 minutes apart",
        ),
        ({"resume": "cron(0 7 ? * MON-FRI *)", "drain_min": 660}, "resume must start 695 minutes or more after pause"),
    ],
)
def test_what_cannot_work_is_refused(values: dict[str, Any], sentence: str) -> None:
    """A schedule that cannot work is refused with its values."""
    with pytest.raises(ValidationError, match=sentence):
        PauseSchedule(**{"pause": NIGHT, "resume": MORNING} | values)
