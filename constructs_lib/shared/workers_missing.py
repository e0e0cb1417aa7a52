"""The metric on which a worker pool scales: how many workers are missing, or, if negative, too many."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from constructs_lib.shared.forecast import KEEP_SEC, Forecast
from constructs_lib.shared.worker_starts import MAX_SEC

NAMESPACE = "AirflowFargate"
METRIC = "WorkersMissing"
FORECAST_METRIC = "WorkersForecast"
"""The number of workers that expected runs need now in addition to what is queued and running."""
MAX_STEPS = 20
"""The number of steps that a policy may have by default (AWS: "Quotas for Application Auto Scaling")."""
ALARM_REPEAT_SEC = 60
"""An alarm that stays repeats its action every minute (AWS: "Alarm actions")."""
ROUND_SEC = 5
"""Seconds between two rounds of the autoscaler."""
READ_SEC = 60
"""Seconds between two looks at the schedule. While workers are ordered for a run, its progress is read each round."""
AHEAD_SEC = max(KEEP_SEC, MAX_SEC + ALARM_REPEAT_SEC) + 4 * READ_SEC
"""How far ahead the schedule is read: the time for which workers are kept, and some rounds to read all histories."""
QUIET_SEC = 30
"""
Seconds between two publications of zeros. Other numbers are published in each round, so that each period of an alarm
has a data point. AWS charges each call: 0.9 dollars a month for one every 30 s, 5.2 for one every 5 s.
"""
AFTERWARDS_SEC = 20
"""
Seconds after another number in which zeros are published in each round too: an alarm keeps its state while a period has
no data point.
"""


def dimensions(*, cluster: str, service: str) -> Mapping[str, str]:
    """Return the dimensions of a service's metric, with AWS's own names."""
    return {"ClusterName": cluster, "ServiceName": service}


def workers_needed(instances: int, *, slots: int, minimum: int, maximum: int) -> int:
    """Return how many workers the queued and running task *instances* need."""
    return min(max(-(-instances // slots), minimum), maximum)


LASTING_SEC = 90
"""About the time in which workers start. A task that has run for so long will probably run for as long again."""


class Active(NamedTuple):
    """
    The queued and running task instances of a queue.

    `lasting` are those of them that are likely to run when the next run is due: the `queued` ones, and the ones that
    have run for `LASTING_SEC` already.
    """

    instances: int = 0
    lasting: int = 0
    queued: int = 0

    @property
    def busy(self) -> int:
        """How many slots of workers the running ones hold."""
        return self.instances - self.queued


@dataclass(frozen=True)
class ExpectedSlots:
    """
    The slots of a queue that expected runs need.

    `now`: of runs for which workers must be ordered now. `early`: of those and of the runs of the next minute. `soon`:
    of all runs for which workers are kept.
    """

    now: int = 0
    early: int = 0
    soon: int = 0

    @classmethod
    def of(cls, forecast: Forecast, queue: str, now_sec: float, *, lead_sec: float) -> Self:
        """Return what *forecast* expects of *queue*, for workers that take *lead_sec* seconds to start."""
        early_sec = lead_sec + ALARM_REPEAT_SEC
        within = (lead_sec, early_sec, max(KEEP_SEC, early_sec))
        return cls(*(forecast.slots(queue, now_sec, each) for each in within))


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """
    The slots of a pool's worker, and the limits of the number of workers.

    Workers are ordered ahead of expected runs up to `prewarm_max`, 0 if never.
    """

    slots: int
    minimum: int
    maximum: int
    prewarm_max: int = 0

    @classmethod
    def of(cls, pool: Mapping[str, Any]) -> Self:
        """Return the bounds of a *pool* of the autoscaler's variable; its names are part of an interface."""
        return cls(
            slots=pool["slots"],
            minimum=pool["least"],
            maximum=pool["most"],
            # The default depends on the minimum, which a variable of an exported module may set.
            prewarm_max=pool.get("prewarm_max", pool["most"]) if pool.get("prewarm", pool["least"] == 0) else 0,
        )

    def needed(self, instances: int) -> int:
        """Return how many workers the queued and running task *instances* need."""
        return workers_needed(instances, slots=self.slots, minimum=self.minimum, maximum=self.maximum)

    def ahead(self, active: Active, expected: int) -> int:
        """
        Return how many workers *active* and *expected* slots need; those for expected slots within `prewarm_max`.

        Tasks that have just started are taken to end before the run is due, so their slots are not needed twice.
        """
        return max(self.needed(active.instances), min(self.needed(active.lasting + expected), self.prewarm_max))

    def forecast(self, active: Active, expected: ExpectedSlots) -> int:
        """Return how many workers expected runs need now in addition to those that *active* needs."""
        return self.ahead(active, expected.now) - self.needed(active.instances)

    def missing(self, active: Active, expected: ExpectedSlots, *, desired: int) -> int:
        """
        Return how many workers must be added to the *desired* ones, or below zero how many may be removed.

        A step of the policy adds its lowest number, and the rest a minute later. So of what is needed in a minute, that
        rest is ordered first.
        """
        now = self.ahead(active, expected.now)
        gap = self.ahead(active, expected.early) - max(now, desired)
        if gap > 0:
            bounds = step_bounds(max(1, self.maximum - self.minimum))
            now = max(now, desired) + gap - max((each for each in bounds if each <= gap), default=gap)
        if now >= desired:
            return now - desired
        return min(0, max(now, self.ahead(active, expected.soon)) - desired)


def step_bounds(end: int) -> list[int]:
    """
    Return the first number of each step from 1 to *end*.

    AWS allows few steps, so each first number exceeds the last one by about the same factor.
    """
    bounds = [1]
    while bounds[-1] < end:
        left = MAX_STEPS - len(bounds)
        last = bounds[-1]
        bounds.append(max(last + 1, round(last * (end / last) ** (1 / left))))
    return bounds


class Publication:
    """Decide in which rounds the numbers are published; `published` are the last ones, by name of the service."""

    def __init__(self) -> None:
        self.published: Mapping[str, int] = {}
        self._published_at = self._missing_at = float("-inf")

    def is_due(self, missing: Mapping[str, int], now: float) -> bool:
        """Return whether to publish *missing* at the second *now*."""
        if any(missing.values()):
            self._missing_at = now
        pause_sec = 0 if now - self._missing_at <= AFTERWARDS_SEC else QUIET_SEC
        return bool(missing) and (missing != self.published or now - self._published_at >= pause_sec)

    def note(self, missing: Mapping[str, int], now: float) -> None:
        """Remember that *missing* was published."""
        self.published, self._published_at = missing, now
