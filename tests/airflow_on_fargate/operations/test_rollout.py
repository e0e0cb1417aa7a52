"""Promises of how ECS's description of a service is read."""

from typing import Any

import pytest

from airflow_on_fargate.operations.rollout import Rollout, State, message, new_events, still_at_work
from tests.airflow_on_fargate.operations.described import NEW, OLD, at, completed, deployment, event, service

FAILED = deployment(
    "2",
    NEW,
    "FAILED",
    status="ACTIVE",
    failedTasks=3,
    rolloutStateReason="ECS deployment circuit breaker: tasks failed to start.",
)
BACK = deployment(
    "3",
    OLD,
    "IN_PROGRESS",
    minute=11,
    rolloutStateReason="ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/1.",
)
CASES = {
    "completed": (completed("x"), State.COMPLETED, "completed, 1 of 1 tasks running"),
    "paused": (completed("x", desired=0), State.COMPLETED, "desired count is 0"),
    "in progress": (
        service("x", deployment("2", NEW, "IN_PROGRESS"), deployment("1", OLD, "COMPLETED", status="ACTIVE")),
        State.IN_PROGRESS,
        "in progress, 0 of 1 tasks running",
    ),
    "an older failure still drains": (
        service("x", deployment("3", NEW, "IN_PROGRESS"), FAILED | {"taskDefinition": OLD, "status": "DRAINING"}),
        State.IN_PROGRESS,
        "in progress, 0 of 1 tasks running",
    ),
    "rolling back": (
        service("x", BACK, FAILED),
        State.ROLLED_BACK,
        "rolled back: ECS deployment circuit breaker: tasks failed to start.",
    ),
    "rolled back": (
        service("x", BACK | {"rolloutState": "COMPLETED", "rolloutStateReason": ""}),
        State.ROLLED_BACK,
        "rolled back: it runs an older task definition",
    ),
    "rolled back to the same task definition": (
        service("x", BACK | {"taskDefinition": NEW}),
        State.ROLLED_BACK,
        "rolled back: ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/1.",
    ),
    "the first deployment failed": (
        service("x", FAILED | {"status": "PRIMARY"}),
        State.FAILED,
        "failed: ECS deployment circuit breaker: tasks failed to start.",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_service_stands_as_its_deployments_say(case: str) -> None:
    """A service's state follows from its newest task definition and the circuit breaker."""
    described, state, words = CASES[case]
    rollout = Rollout.of(described, newest=NEW)

    assert rollout.state is state
    assert str(rollout) == words


def test_a_failed_deployment_has_its_beginning() -> None:
    """The events of a failed deployment are reported from its own start, not from the start of the rollback."""
    rollout = Rollout.of(service("x", BACK, FAILED), newest=NEW)

    assert (rollout.since, rollout.failed_tasks, rollout.deployments) == (at(0), 3, frozenset({"ecs-svc/2"}))


def test_new_events_are_reported_once_the_oldest_first() -> None:
    """New events are reported once, oldest first, without those before the deployment."""
    events = [event(number, minute, "") for number, minute in enumerate((-1, 0, 1, 2))]

    expected = new_events(service("x", events=events), since=at(0), seen={"event-1"})

    assert [each["id"] for each in expected] == ["event-2", "event-3"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(service x) has started 1 tasks: (task 0a1b).", "has started 1 tasks: (task 0a1b)"),
        ("(service x, taskSet ecs-svc/2) has begun draining.", "taskSet ecs-svc/2) has begun draining"),
        ("something else", "something else"),
    ],
)
def test_an_event_is_reported_without_its_service(text: str, expected: str) -> None:
    """An event is printed without its service's name, which the line starts with."""
    assert message(event(1, 0, text), "x") == expected


def test_protected_tasks_are_counted() -> None:
    """The number of protected tasks is reported with the end of the last protection."""
    protections: list[dict[str, Any]] = [
        {"protectionEnabled": True, "expirationDate": at(10)},
        {"protectionEnabled": True, "expirationDate": at(30)},
        {"protectionEnabled": False},
    ]

    assert still_at_work(protections) == (2, at(30))
    assert still_at_work([]) == (0, None)
