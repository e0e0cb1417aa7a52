"""The state of a service's deployment, from the answer of `DescribeServices`; nothing here calls AWS."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Self

from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

ROLLING_BACK = "rolling back"
"""Is in the `rolloutStateReason` of a deployment that the circuit breaker of ECS started."""


class State(Enum):
    """The state of a deployment."""

    COMPLETED = "completed"
    IN_PROGRESS = "in progress"
    ROLLED_BACK = "rolled back"
    FAILED = "failed"


@dataclass(frozen=True)
class Rollout:
    """
    The *state* of a service's newest deployment, and how many of its tasks run.

    *deployments* are the ids of the deployments with the newest task definition. *since* is when the first of them
    started. *failed_tasks* is how many of their tasks failed to start or stopped.
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
        Return the state of the service that `DescribeServices` has *described*.

        *newest* is the ARN of its family's newest task definition, which the last deployment registered. A service that
        runs another one was rolled back, even if the failed deployment is no longer listed.
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
        """Return the state in a few words."""
        match self.state:
            case State.COMPLETED if not self.desired:
                return "desired count is 0"
            case State.COMPLETED | State.IN_PROGRESS:
                return f"{self.state.value}, {self.running} of {self.desired} tasks running"
            case _:
                return f"{self.state.value}: {self.reason or 'it runs an older task definition'}"


def new_events(described: Mapping[str, Any], *, since: datetime, seen: Collection[str]) -> Iterator[Mapping[str, Any]]:
    """Yield the events of a service from *since* on, the oldest first, except those whose ids are *seen*."""
    # ECS returns the last hundred, the newest first.
    for event in reversed(described["events"]):
        if event["createdAt"] >= since and event["id"] not in seen:
            yield event


def message(event: Mapping[str, Any], service: str) -> str:
    """Return the text of an event without the name of the *service* at its start."""
    text: str = event["message"]
    return text.removeprefix(f"(service {service}) ").removeprefix(f"(service {service}, ").rstrip(".")


def still_at_work(protections: Iterable[Mapping[str, Any]]) -> tuple[int, datetime | None]:
    """Return how many tasks the answers of `GetTaskProtection` protect, and when the last protection ends."""
    until = [each["expirationDate"] for each in protections if each["protectionEnabled"]]
    return len(until), max(until, default=None)
