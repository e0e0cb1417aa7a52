"""The facts about a deployed stage that its Terraform JSON has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from constructs_lib.ecs.what_runs import is_worker_service, keep_stopped_schedule, running_parameter
from constructs_lib.engine.synthesized_stack import STACK_PREFIX, SynthesizedStack

if TYPE_CHECKING:
    from pathlib import Path

    from constructs_lib.engine.synthesized_stack import EcsService


@dataclass(frozen=True)
class ComposedService:
    """
    An ECS service: its name, and the family of the task definitions that it runs.

    While the stage runs, the service has *min_count* to *max_count* tasks. *scaled*: Application Auto Scaling changes
    the number.
    """

    name: str
    family: str
    min_count: int = 1
    max_count: int = 1
    scaled: bool = False

    @property
    def is_worker(self) -> bool:
        """Whether it runs workers. Their tasks may take hours, so ECS waits for them and people do not."""
        return is_worker_service(self.name)


@dataclass(frozen=True)
class ComposedStage:
    """
    The name, region and services of a stage, and the role in which Terraform works there.

    *database* is the identifier of the RDS instance, if the stack creates one. *keep_stopped* is the name of the
    schedule that stops it daily while the stage is paused.
    """

    name: str
    region: str
    assume_role_arn: str | None
    services: tuple[ComposedService, ...]
    database: str | None = None
    keep_stopped: str | None = None

    @property
    def stage(self) -> str:
        """The stage as `STAGE=` names it."""
        return self.name.removeprefix(STACK_PREFIX)

    @property
    def cluster(self) -> str:
        """The ECS cluster's name, which is the stack's."""
        return self.name

    @property
    def running(self) -> str:
        """The name of the SSM parameter with the parts of the stage that are to run."""
        return running_parameter(self.name)

    @classmethod
    def read(cls, stage: str, stacks: Path) -> Self:
        """
        Read the JSON of *stage* below *stacks*, the folder `cdktf.out/stacks`.

        Raises:
            BadInputError: the stage has not been composed.

        """
        stack = SynthesizedStack.of_stage(stage, stacks)
        roles = [role["role_arn"] for role in stack.provider.get("assume_role", [])]
        schedules = [each["name"] for each in stack.all("aws_scheduler_schedule").values()]
        name = f"{STACK_PREFIX}{stage}"
        keep_stopped = keep_stopped_schedule(name)
        return cls(
            name=name,
            region=stack.region,
            assume_role_arn=roles[0] if roles else None,
            services=tuple(_service(stack, service) for service in stack.services()),
            database=next((each["identifier"] for each in stack.all("aws_db_instance").values()), None),
            keep_stopped=keep_stopped if keep_stopped in schedules else None,
        )


def _service(stack: SynthesizedStack, service: EcsService) -> ComposedService:
    return ComposedService(
        name=service.name,
        family=stack.all("aws_ecs_task_definition")[service.task_definition]["family"],
        min_count=service.minimum,
        max_count=service.maximum,
        scaled=bool(service.target),
    )
