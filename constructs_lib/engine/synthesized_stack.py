"""The reader of the Terraform JSON of a stage, which `make synth` writes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from constructs_lib.engine.template import expressions, resource_names
from constructs_lib.shared.bad_input import BadInputError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

STACK_PREFIX = "airflow-"
"""The start of the name of a stage's stack."""
FILE = "cdk.tf.json"

Attributes = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class EcsService:
    """
    An ECS service, with Terraform's names of its resources.

    While its stage is not paused, it has *count* tasks, or *minimum* to *maximum* if Application Auto Scaling scales
    it. *label* is the name of its own resource; *task_definition* and *target* are those of its task definition and of
    its scalable target. *target* is None if nothing scales the service.
    """

    label: str
    attributes: Attributes
    task_definition: str
    target: str | None
    count: int
    minimum: int
    maximum: int

    @property
    def name(self) -> str:
        """Its name on AWS."""
        name: str = self.attributes["name"]
        return name


class Resource(NamedTuple):
    """A managed resource, or one in the *block* `data` or `ephemeral`, with Terraform's type and name of it."""

    block: str
    type: str
    name: str
    attributes: Attributes

    @property
    def address(self) -> str:
        """Its address in the state."""
        return f"{self.type}.{self.name}" if self.block == "resource" else f"{self.block}.{self.type}.{self.name}"


class SynthesizedStack:
    """The JSON *document* of a stack. Resources are found by Terraform's type and name."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document

    @classmethod
    def read(cls, file: Path) -> Self:
        """Return the stack in *file*."""
        return cls(json.loads(file.read_text(encoding="utf-8")))

    @classmethod
    def of_stage(cls, stage: str, stacks: Path) -> Self:
        """
        Return the stack of *stage* below *stacks*, the folder `cdktf.out/stacks`.

        Raises:
            BadInputError: the JSON does not exist.

        """
        file = file_of_stage(stage, stacks)
        # Compare with the names of folders, so that no *stage* is a path out of *stacks*.
        known = stages(stacks)
        if stage not in known:
            hint = f"; {nearest(stage, known)}" if known else ""
            msg = f"stage {stage!r} has no {file}; airflow-fargate synth writes it{hint}"
            raise BadInputError(msg)
        return cls.read(file)

    @property
    def provider(self) -> Attributes:
        """The configuration of the AWS provider."""
        [provider] = self.document["provider"]["aws"]
        configuration: Attributes = provider
        return configuration

    @property
    def region(self) -> str:
        """The AWS region."""
        region: str = self.provider["region"]
        return region

    def all(self, type_: str, *, block: str = "resource") -> dict[str, Attributes]:
        """Return the resources of a type by name, or those in the *block* `data` or `ephemeral`."""
        found: dict[str, Attributes] = self.document.get(block, {}).get(type_, {})
        return found

    def all_resources(self) -> Iterator[Resource]:
        """Yield all resources: data sources, then ephemeral ones, then managed ones."""
        for block in ("data", "ephemeral", "resource"):
            for type_, named in self.document.get(block, {}).items():
                for name, attributes in named.items():
                    yield Resource(block, type_, name, attributes)

    def one(self, type_: str) -> Attributes:
        """
        Return the only resource of a type.

        Raises:
            LookupError: there is none, or more than one.

        """
        found = self.all(type_)
        if len(found) != 1:
            msg = f"expected one {type_}, got {sorted(found)}"
            raise LookupError(msg)
        return next(iter(found.values()))

    def referred(self, value: object, type_: str) -> Attributes | None:
        """Return the first resource of a type that *value* refers to, or None if it refers to none."""
        found = resource_names(value, type_)
        return self.all(type_)[found[0]] if found else None

    def containers(self, task_definition: str) -> dict[str, Attributes]:
        """Return the container definitions of a task definition by name, with references unresolved."""
        definition = self.all("aws_ecs_task_definition")[task_definition]
        return {each["name"]: each for each in json.loads(definition["container_definitions"])}

    def variables(self, task_definition: str) -> dict[str, str]:
        """Return the environment variables of all containers of a task definition."""
        containers = self.containers(task_definition).values()
        return {name: value for each in containers for name, value in environment(each).items()}

    def services(self) -> list[EcsService]:
        """Return the ECS services."""
        # The id is "service/<cluster>/<service>".
        targets = {
            each["resource_id"].rpartition("/")[2]: label
            for label, each in self.all("aws_appautoscaling_target").items()
        }
        return [
            self._service(label, service, targets.get(service["name"]))
            for label, service in self.all("aws_ecs_service").items()
        ]

    def on_demand(self) -> list[str]:
        """Return the task definitions that DAGs start: those that no service runs."""
        running = {service.task_definition for service in self.services()}
        return [name for name in self.all("aws_ecs_task_definition") if name not in running]

    def statements(self, type_: str = "aws_iam_role_policy", name: str | None = None) -> list[tuple[str, Attributes]]:
        """Return the statements of all policies of a type, or only of *name*, each with its policy's name."""
        return [
            (each, statement)
            for each, policy in self.all(type_).items()
            if name in (None, each)
            for statement in json.loads(policy["policy"])["Statement"]
        ]

    def _service(self, label: str, service: Attributes, target: str | None) -> EcsService:
        count = capacity(service["desired_count"])
        bounds = self.all("aws_appautoscaling_target")[target] if target else None
        return EcsService(
            label=label,
            attributes=service,
            task_definition=resource_names(service["task_definition"], "aws_ecs_task_definition")[0],
            target=target,
            count=count,
            minimum=capacity(bounds["min_capacity"]) if bounds else count,
            maximum=capacity(bounds["max_capacity"]) if bounds else count,
        )


def file_of_stage(stage: str, stacks: Path) -> Path:
    """Return the path of the JSON of *stage* below *stacks*."""
    return stacks / f"{STACK_PREFIX}{stage}" / FILE


def stages(stacks: Path) -> list[str]:
    """Return the stages whose JSON is below *stacks*."""
    return sorted(file.parent.name.removeprefix(STACK_PREFIX) for file in stacks.glob(f"{STACK_PREFIX}*/{FILE}"))


def capacity(value: int | str) -> int:
    """Return a number of tasks. Of an expression, which is 0 while the stage is paused, return the other value."""
    found = next(expressions(value), None)
    return int((found.value_if_true if found else None) or value)


def environment(container: Attributes) -> dict[str, str]:
    """Return the variables of a container definition."""
    return {each["name"]: each["value"] for each in container.get("environment", ())}


def secrets(container: Attributes) -> dict[str, str]:
    """Return the references to secrets of a container definition, by variable."""
    return {each["name"]: each["valueFrom"] for each in container.get("secrets", ())}
