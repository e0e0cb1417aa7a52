"""ECS's answers about services and tasks, and a client that returns them step by step."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

OLD, NEW = (f"arn:aws:ecs:eu-central-1:123456789012:task-definition/airflow-dev-x:{number}" for number in (1, 2))
Json = dict[str, Any]


def at(minute: float) -> datetime:
    """Return a moment so many minutes after the deployment began."""
    return datetime.fromtimestamp(1_800_000_000 + 60 * minute, UTC)


def deployment(
    id_: str, definition: str, state: str, *, status: str = "PRIMARY", minute: float = 0, **more: object
) -> Json:
    """Return a deployment of a service."""
    return {
        "id": f"ecs-svc/{id_}",
        "status": status,
        "taskDefinition": definition,
        "rolloutState": state,
        "createdAt": at(minute),
        "runningCount": 0,
        "failedTasks": 0,
    } | more


def event(number: int, minute: float, message: str) -> Json:
    """Return an event of a service."""
    return {"id": f"event-{number}", "createdAt": at(minute), "message": message}


def service(name: str, *deployments: Json, events: Sequence[Json] = (), desired: int = 1) -> Json:
    """Return a service; *events* start with the oldest one, and ECS reverses them."""
    return {
        "serviceName": name,
        "status": "ACTIVE",
        "desiredCount": desired,
        "deployments": list(deployments),
        "events": list(reversed(events)),
    }


def completed(name: str, *, desired: int = 1) -> Json:
    """Return a service that has nothing to do."""
    return service(name, deployment("2", NEW, "COMPLETED", runningCount=desired), desired=desired)


class ScriptedEcs:
    """
    A client of ECS whose services are those of *looks*, one after the other, then those of the last one.

    `ends` is what happens after the last one but this: an exception to raise at a look.
    """

    def __init__(self, *looks: Sequence[Json], stopped: Sequence[Json] = (), running: Sequence[Json] = ()) -> None:
        self._looks = list(looks)
        self._tasks = {"STOPPED": list(stopped), "RUNNING": list(running)}
        self.protections: list[Json] = []
        self.asked: list[int] = []

    def describe_services(self, *, cluster: str, services: list[str]) -> Json:
        """Return the described services."""
        assert cluster == "airflow-dev"
        self.asked.append(len(services))
        look = self._looks.pop(0) if len(self._looks) > 1 else self._looks[0]
        return {"services": [each for each in look if each["serviceName"] in services]}

    def describe_task_definition(self, *, taskDefinition: str) -> Json:  # noqa: N803 boto3's own name
        """Return the newest task definition."""
        assert taskDefinition == "airflow-dev-x"
        options = {"awslogs-group": "/airflow-dev/x", "awslogs-stream-prefix": "migrate"}
        container = {"name": "migrate", "logConfiguration": {"logDriver": "awslogs", "options": options}}
        return {"taskDefinition": {"taskDefinitionArn": NEW, "containerDefinitions": [container]}}

    def get_paginator(self, operation: str) -> "ScriptedEcs":
        """Return what pages through the tasks."""
        assert operation == "list_tasks"
        return self

    def paginate(self, *, desiredStatus: str, **_: str) -> Iterator[Json]:  # noqa: N803 boto3's own name
        """Yield a page, and an empty one, which ECS gives too."""
        yield {"taskArns": [task["taskArn"] for task in self._tasks[desiredStatus]]}
        yield {"taskArns": []}

    def describe_tasks(self, *, tasks: list[str], **_: str) -> Json:
        """Return the described tasks."""
        known = self._tasks["STOPPED"] + self._tasks["RUNNING"]
        return {"tasks": [task for task in known if task["taskArn"] in tasks]}

    def get_task_protection(self, *, tasks: list[str], **_: str) -> Json:
        """Return the protection of up to a hundred tasks (Amazon ECS API reference, `GetTaskProtection`)."""
        assert len(tasks) <= 100
        return {"protectedTasks": [each for each in self.protections if each["taskArn"] in tasks]}
