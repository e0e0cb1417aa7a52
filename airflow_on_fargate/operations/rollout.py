"""What ECS does with a service, out of what `DescribeServices` tells; nothing here asks AWS."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Self

from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

ROLLING_BACK = "rolling back"
"""How ECS begins to say, as a deployment's `rolloutStateReason`, that its circuit breaker has made it."""


class State(Enum):
    """How far ECS has come with what was deployed."""

    COMPLETED = "completed"
    IN_PROGRESS = "in progress"
    ROLLED_BACK = "rolled back"
    FAILED = "failed"


@dataclass(frozen=True)
class Rollout:
    """
    How a service stands: *state*, and how many tasks of its newest deployment run.

    *deployments* are the ids of those that run the newest task definition, and *since* is when the first of them began.
    *failed_tasks* tells how many of their tasks could not start or did not stay.
    """

    service: str
    state: State
    running: int
    desired: int
    deployments: frozenset[str]
    since: datetime
    failed_tasks: int
    reason: str

    @classmethod
    def of(cls, described: Mapping[str, Any], *, newest: str) -> Self:
        """
        Return how the service stands that `DescribeServices` has *described*.

        *newest* is the ARN of its family's newest task definition, which the last deployment has made. That a service
        runs another one tells of a rollback even when the failed deployment is no longer listed.
        """
        deployments: Sequence[Mapping[str, Any]] = described["deployments"]
        primary = next(each for each in deployments if each["status"] == "PRIMARY")
        wanted = [each for each in deployments if each["taskDefinition"] == newest]
        failed = [each for each in wanted if each.get("rolloutState") == "FAILED"]
        reason = primary.get("rolloutStateReason", "")
        if primary in failed:
            state = State.FAILED
        elif primary not in wanted or ROLLING_BACK in reason:
            state = State.ROLLED_BACK
        else:
            state = State.COMPLETED if primary.get("rolloutState") == "COMPLETED" else State.IN_PROGRESS
        return cls(
            service=described["serviceName"],
            state=state,
            running=primary["runningCount"],
            desired=described["desiredCount"],
            deployments=frozenset(each["id"] for each in wanted),
            since=min(each["createdAt"] for each in (*wanted, primary)),
            failed_tasks=sum(each.get("failedTasks", 0) for each in wanted),
            reason=next((each.get("rolloutStateReason", "") for each in failed), reason),
        )

    @override
    def __str__(self) -> str:
        """Return how the service stands in a few words."""
        match self.state:
            case State.COMPLETED if not self.desired:
                return "no tasks wanted"
            case State.COMPLETED | State.IN_PROGRESS:
                return f"{self.state.value}, {self.running} of {self.desired} tasks run"
            case _:
                return f"{self.state.value}: {self.reason or 'it runs an older task definition'}"


def news(described: Mapping[str, Any], *, since: datetime, seen: Collection[str]) -> Iterator[Mapping[str, Any]]:
    """Yield the events of a service from *since* on, the oldest first, that are not *seen*, by their id."""
    # ECS gives the last hundred, the newest first.
    for event in reversed(described["events"]):
        if event["createdAt"] >= since and event["id"] not in seen:
            yield event


def message(event: Mapping[str, Any], service: str) -> str:
    """Return what an event says, without the name of the *service* that ECS begins it with."""
    said: str = event["message"]
    return said.removeprefix(f"(service {service}) ").removeprefix(f"(service {service}, ").rstrip(".")


def still_at_work(protections: Iterable[Mapping[str, Any]]) -> tuple[int, datetime | None]:
    """Return how many tasks are protected out of what `GetTaskProtection` tells, and until when the last one is."""
    until = [each["expirationDate"] for each in protections if each["protectionEnabled"]]
    return len(until), max(until, default=None)
