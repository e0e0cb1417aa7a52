"""Describe the ECS services of a stage and their tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_on_fargate.advice import advised
from constructs_lib.shared.bad_input import BadInputError
from constructs_lib.shared.ecs import DESCRIBED_SERVICES, DESCRIBED_TASKS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from airflow_on_fargate.operations.composed_stage import ComposedService, ComposedStage

Json = dict[str, Any]


class Services:
    """The services of *stage* in ECS; *ecs* is boto3's client."""

    def __init__(self, stage: ComposedStage, ecs: Any) -> None:  # noqa: ANN401 boto3 creates the type
        self.stage = stage
        self._ecs = ecs
        self._definitions: dict[str, Json] = {}

    def describe(self) -> dict[str, Json]:
        """
        Return the answer of `DescribeServices` about each service, by its name.

        Raises:
            BadInputError: a service does not exist.

        """
        names = [service.name for service in self.stage.services]
        found: dict[str, Json] = {}
        for some in in_parts(names, DESCRIBED_SERVICES):
            answer = self._ecs.describe_services(cluster=self.stage.cluster, services=some)
            found |= {each["serviceName"]: each for each in answer["services"] if each["status"] == "ACTIVE"}
        if missing := [name for name in names if name not in found]:
            msg = (
                f"{self.stage.name} has no service {', '.join(missing)} in {self.stage.region}:"
                f" {advised('deploy', self.stage.stage)} creates it"
            )
            raise BadInputError(msg)
        return found

    def newest_definition(self, service: ComposedService) -> Json:
        """Return the newest task definition of *service*'s family; ECS is asked only once."""
        if service.family not in self._definitions:
            answer = self._ecs.describe_task_definition(taskDefinition=service.family)
            self._definitions[service.family] = answer["taskDefinition"]
        return self._definitions[service.family]

    def stopped_tasks(self, service: ComposedService) -> Iterator[Json]:
        """Yield the tasks of *service* that stopped in the last hour; ECS forgets older ones."""
        for some in self._task_arns(service, "STOPPED"):
            yield from self._ecs.describe_tasks(cluster=self.stage.cluster, tasks=some)["tasks"]

    def running_tasks(self, service: ComposedService) -> Iterator[Json]:
        """Yield the tasks of *service* whose desired status is RUNNING."""
        for some in self._task_arns(service, "RUNNING"):
            yield from self._ecs.describe_tasks(cluster=self.stage.cluster, tasks=some)["tasks"]

    def protections(self, tasks: Sequence[Mapping[str, Any]]) -> Iterator[Json]:
        """Yield the answer of `GetTaskProtection` about each of *tasks*."""
        for some in in_parts([task["taskArn"] for task in tasks], DESCRIBED_TASKS):
            answer = self._ecs.get_task_protection(cluster=self.stage.cluster, tasks=some)
            yield from answer["protectedTasks"]

    def _task_arns(self, service: ComposedService, status: str) -> Iterator[list[str]]:
        pages = self._ecs.get_paginator("list_tasks").paginate(
            cluster=self.stage.cluster, serviceName=service.name, desiredStatus=status
        )
        yield from (page["taskArns"] for page in pages if page["taskArns"])


def in_parts(names: list[str], size: int) -> Iterator[list[str]]:
    """Yield *names*, at most *size* at a time."""
    yield from (names[start : start + size] for start in range(0, len(names), size))
