"""What is called to pause a stage and to wake it, in which order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from constructs_lib.ecs.what_runs import ALL, CORE, NOTHING, is_worker_service
from constructs_lib.iam.schedule import Call

if TYPE_CHECKING:
    from collections.abc import Iterator

    from constructs_lib.iam.schedule import Schedule
    from constructs_lib.settings.pause_schedule import Minutes

ECS = {"ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount"}
DAILY_STOP = "daily-stop"


@dataclass(frozen=True)
class Step:
    """A *call*, so many *minutes* after the beginning; *part* is what of the stage it is for."""

    minutes: int
    part: str
    call: Call


@dataclass(frozen=True)
class Tasks:
    """
    How many tasks of a *service* run while the stage is awake: from *least* to *most*.

    *scaled*: Application Auto Scaling sets the number, and keeps it inside the bounds that it is told.
    """

    cluster: str
    service: str
    least: int
    most: int
    scaled: bool

    @property
    def is_worker(self) -> bool:
        """Whether the service runs workers alone."""
        return is_worker_service(self.service)

    def call(self, *, awake: bool) -> Call:
        """
        Return the call that lets the service have its tasks, or none.

        Application Auto Scaling changes the number at once if it lies outside of new bounds (`RegisterScalableTarget`
        in its API reference).
        """
        least, most = (self.least, self.most) if awake else (0, 0)
        if not self.scaled:
            return Call("ecs:updateService", {"Cluster": self.cluster, "Service": self.service, "DesiredCount": least})
        bounds = {"MinCapacity": least, "MaxCapacity": most}
        target = f"service/{self.cluster}/{self.service}"
        return Call("applicationautoscaling:registerScalableTarget", {**ECS, "ResourceId": target, **bounds})


@dataclass(frozen=True)
class Parts:
    """
    What a stage is made of, seen by whoever pauses it.

    *running* is the name of the parameter that says what is to run, *database* the identifier of the instance, None if
    the stage did not make it, and *keep_stopped* the schedule that stops it daily.
    """

    tasks: tuple[Tasks, ...]
    running: str
    database: str | None
    keep_stopped: Schedule

    @property
    def has_workers(self) -> bool:
        """Whether there are services of workers alone."""
        return any(each.is_worker for each in self.tasks)


def pausing(parts: Parts, minutes: Minutes) -> Iterator[Step]:
    """Yield the steps of a pause: workers, core, database."""
    if parts.has_workers:
        yield _say(parts, CORE, minutes.workers)
    yield from _set(parts, minutes.workers, workers=True, awake=False)
    yield _say(parts, NOTHING, minutes.core)
    yield from _set(parts, minutes.core, workers=False, awake=False)
    if parts.database:
        yield Step(minutes.database, "database", Call("rds:stopDBInstance", identified(parts.database)))
        yield Step(minutes.database, DAILY_STOP, parts.keep_stopped.switch(enabled=True))


def resuming(parts: Parts, minutes: Minutes) -> Iterator[Step]:
    """Yield the steps of waking: database, core, workers."""
    if parts.database:
        yield Step(0, DAILY_STOP, parts.keep_stopped.switch(enabled=False))
        yield Step(minutes.database, "database", Call("rds:startDBInstance", identified(parts.database)))
    yield _say(parts, CORE if parts.has_workers else ALL, minutes.core)
    yield from _set(parts, minutes.core, workers=False, awake=True)
    if parts.has_workers:
        yield _say(parts, ALL, minutes.workers)
    yield from _set(parts, minutes.workers, workers=True, awake=True)


def identified(database: str) -> dict[str, str]:
    """Return what names an instance of RDS in a call: so spelt in AWS's SDK for Java, which the scheduler uses."""
    return {"DbInstanceIdentifier": database}


def _say(parts: Parts, what: str, minutes: int) -> Step:
    parameters = {"Name": parts.running, "Value": what, "Overwrite": True}
    return Step(minutes, f"running-{what}", Call("ssm:putParameter", parameters))


def _set(parts: Parts, minutes: int, *, workers: bool, awake: bool) -> Iterator[Step]:
    for each in parts.tasks:
        if each.is_worker is workers:
            yield Step(minutes, each.service, each.call(awake=awake))
