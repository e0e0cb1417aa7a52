"""What the Terraform JSON of a stage says of the stage in AWS."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from constructs_lib.ecs.what_runs import count_while_running, is_worker_service
from constructs_lib.shared.bad_input import BadInputError, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

STACK_PREFIX = "airflow-"
KEEP_STOPPED = "-keep-database-stopped"
"""What the name of the schedule ends with that stops the database daily while the stage is paused."""


@dataclass(frozen=True)
class ComposedService:
    """
    An ECS service: its name, and the family of the task definitions that it runs.

    While the stage is awake it has *least* to *most* tasks; *scaled*: Application Auto Scaling sees to that.
    """

    name: str
    family: str
    least: int = 1
    most: int = 1
    scaled: bool = False

    @property
    def is_worker(self) -> bool:
        """Whether it runs workers, whose work may take hours and is waited for by ECS, not by people."""
        return is_worker_service(self.name)


@dataclass(frozen=True)
class ComposedStage:
    """
    Where a stage is in AWS, in whose role Terraform works there, and what its services are.

    *database* is the identifier of the instance that the stack makes, and *keep_stopped* the name of the schedule that
    stops it daily while the stage is paused.
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
        """The SSM parameter that says what of the stage is to run."""
        return f"/{self.name}/running"

    @classmethod
    def read(cls, stage: str, stacks: Path) -> Self:
        """
        Read the JSON of *stage* below *stacks*, the folder `cdktf.out/stacks`.

        Raises:
            BadInputError: it has not been written.

        """
        file = stacks / f"{STACK_PREFIX}{stage}" / "cdk.tf.json"
        # By the names of the folders, so that no stage leads out of *stacks*.
        known = [folder.name.removeprefix(STACK_PREFIX) for folder in stacks.glob(f"{STACK_PREFIX}*")]
        if stage not in known or not file.is_file():
            msg = f"STAGE {stage!r} has no {file}, which make synth writes; {nearest(stage, known)}"
            raise BadInputError(msg)
        document = json.loads(file.read_text(encoding="utf-8"))
        provider = document["provider"]["aws"][0]
        roles = [role["role_arn"] for role in provider.get("assume_role", [])]
        return cls(
            name=f"{STACK_PREFIX}{stage}",
            region=provider["region"],
            assume_role_arn=roles[0] if roles else None,
            services=tuple(_services(document["resource"])),
            database=_attribute(document["resource"].get("aws_db_instance"), "identifier"),
            keep_stopped=_attribute(document["resource"].get("aws_scheduler_schedule"), "name", KEEP_STOPPED),
        )


def _services(resources: Mapping[str, Any]) -> list[ComposedService]:
    definitions = resources["aws_ecs_task_definition"]
    targets = {each["resource_id"]: each for each in resources.get("aws_appautoscaling_target", {}).values()}
    found = []
    for service in resources["aws_ecs_service"].values():
        name = service["name"]
        target = next((target for id_, target in targets.items() if id_.rpartition("/")[2] == name), None)
        least, most = (target["min_capacity"], target["max_capacity"]) if target else (service["desired_count"],) * 2
        found.append(
            ComposedService(
                name=name,
                # The reference is "${aws_ecs_task_definition.NAME.arn}".
                family=definitions[service["task_definition"].split(".")[1]]["family"],
                least=count_while_running(least),
                most=count_while_running(most),
                scaled=bool(target),
            )
        )
    return found


def _attribute(resources: Mapping[str, Any] | None, attribute: str, ending: str = "") -> str | None:
    """Return the *attribute* of the resource whose own ends so, if there is one."""
    values = [each[attribute] for each in (resources or {}).values()]
    return next((value for value in values if value.endswith(ending)), None)
