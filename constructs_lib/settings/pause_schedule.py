"""The schedule on which a stage pauses and resumes, and the time between the steps."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import Annotated, Self

from dateutil.zoneinfo import get_zonefile_instance
from pydantic import AfterValidator, Field, model_validator

from constructs_lib.settings.cron import Cron
from constructs_lib.shared.bad_input import nearest
from constructs_lib.shared.user_model import UserModel

DATABASE_STOPS_MIN = 5
"""After the core processes. The load balancer drains them, and their tasks have two minutes to end."""
DATABASE_STARTS_MIN = 2
"""After the schedule that stops the database every day has been disabled."""
CORE_STARTS_MIN = 12
"""RDS takes minutes to start an instance. Processes that start earlier wait for it."""
WORKERS_START_MIN = 5
"""After the core processes, to which workers report."""
APART_MIN = 30
"""
From the last step of a pause to the first step of a resume, and back: RDS cannot start an instance while it stops.
"""


def _cron(value: str) -> str:
    return str(Cron.parse(value))


def _time_zone(value: str) -> str:
    # The zones of the pinned package, not of the machine that composes.
    zones = get_zonefile_instance().zones
    if value not in zones:
        msg = f"must be a time zone of the IANA database such as 'Europe/Berlin', got {value!r}; {_zone(value, zones)}"
        raise ValueError(msg)
    return value


def _zone(value: str, zones: dict[str, object]) -> str:
    hint = nearest(value, zones)
    return hint if hint.startswith("did") else "see en.wikipedia.org/wiki/List_of_tz_database_time_zones"


CronExpression = Annotated[str, AfterValidator(_cron)]
TimeZone = Annotated[str, AfterValidator(_time_zone)]


@dataclass(frozen=True)
class Minutes:
    """When the parts of a stage stop or start, in minutes after the start of a pause or a resume."""

    workers: int
    core: int
    database: int


class PauseSchedule(UserModel):
    """
    When EventBridge Scheduler pauses and resumes a stage.

    A pause stops the workers, then the core processes, then the database. A resume starts them in reverse order.
    """

    pause: CronExpression
    resume: CronExpression
    time_zone: TimeZone = "UTC"
    drain_min: int = Field(default=15, ge=1, le=720)
    """Minutes that workers have to finish before the core processes stop; longer work is retried after the resume."""

    @model_validator(mode="after")
    def _follow_each_other(self) -> Self:
        pause, resume = Cron.parse(self.pause), Cron.parse(self.resume)
        takes = {"pause": self.pausing.database, "resume": self.resuming.workers}
        for name, cron, steps in (("pause", pause, self.pausing), ("resume", resume, self.resuming)):
            for minutes in (steps.database, steps.core, steps.workers):
                try:
                    cron.later(minutes)
                except ValueError as error:
                    msg = f"{name} {error}"
                    raise ValueError(msg) from None
        for first, second, earlier, later in (("pause", "resume", pause, resume), ("resume", "pause", resume, pause)):
            minimum, got = takes[first] + APART_MIN, _apart(list(earlier.moments()), list(later.moments()))
            if got < minimum:
                msg = (
                    f"{second} must start {minimum} minutes or more after {first}, which takes {takes[first]} minutes,"
                    f" got {self.pause!r} and {self.resume!r}, which are {got} minutes apart"
                )
                raise ValueError(msg)
        return self

    @property
    def pausing(self) -> Minutes:
        """When the parts stop."""
        return Minutes(workers=0, core=self.drain_min, database=self.drain_min + DATABASE_STOPS_MIN)

    @property
    def resuming(self) -> Minutes:
        """When the parts start."""
        return Minutes(workers=CORE_STARTS_MIN + WORKERS_START_MIN, core=CORE_STARTS_MIN, database=DATABASE_STARTS_MIN)


def _apart(earlier: list[int], later: list[int]) -> int:
    """Return the minimum time from an *earlier* moment to the next *later* one; both are in order."""
    found = [(moment, bisect_left(later, moment)) for moment in earlier]
    return min(later[index] - moment for moment, index in found if index < len(later))
