"""What the Terraform JSON of a stage says of the stage in AWS."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from constructs_lib.bad_input import BadInputError, nearest
from constructs_lib.processes import WORKER

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

STACK_PREFIX = "airflow-"


@dataclass(frozen=True)
class ComposedService:
    """An ECS service: its name, and the family of the task definitions that it runs."""

    name: str
    family: str

    @property
    def is_worker(self) -> bool:
        """Whether it runs workers, whose work may take hours and is waited for by ECS, not by people."""
        return self.name.partition("-")[0] == WORKER.name


@dataclass(frozen=True)
class ComposedStage:
    """Where a stage is in AWS, in whose role Terraform works there, and what its services are."""

    name: str
    region: str
    assume_role_arn: str | None
    services: tuple[ComposedService, ...]

    @property
    def stage(self) -> str:
        """The stage as `STAGE=` names it."""
        return self.name.removeprefix(STACK_PREFIX)

    @property
    def cluster(self) -> str:
        """The ECS cluster's name, which is the stack's."""
        return self.name

    @classmethod
    def read(cls, stage: str, stacks: Path) -> Self:
        """
        Read the JSON of *stage* below *stacks*, the folder `cdktf.out/stacks`.

        Raises:
            BadInputError: it has not been written.

        """
        name = f"{STACK_PREFIX}{stage}"
        file = stacks / name / "cdk.tf.json"
        if not file.is_file():
            known = [folder.name.removeprefix(STACK_PREFIX) for folder in stacks.glob(f"{STACK_PREFIX}*")]
            msg = f"STAGE {stage!r} has no {file}, which make synth writes; {nearest(stage, known)}"
            raise BadInputError(msg)
        document = json.loads(file.read_text(encoding="utf-8"))
        provider = document["provider"]["aws"][0]
        roles = [role["role_arn"] for role in provider.get("assume_role", [])]
        return cls(
            name=name,
            region=provider["region"],
            assume_role_arn=roles[0] if roles else None,
            services=tuple(_services(document["resource"])),
        )


def _services(resources: Mapping[str, Any]) -> list[ComposedService]:
    definitions = resources["aws_ecs_task_definition"]
    return [
        # The reference is "${aws_ecs_task_definition.NAME.arn}".
        ComposedService(service["name"], definitions[service["task_definition"].split(".")[1]]["family"])
        for service in resources["aws_ecs_service"].values()
    ]
