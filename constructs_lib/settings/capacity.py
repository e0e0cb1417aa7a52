"""The capacity of a stage: its EC2 instances, the sizes of its tasks, and how large a task may be that a DAG starts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from constructs_lib.settings.values import InstanceType
from constructs_lib.shared.capacity import MAX_CPU, MAX_MEMORY_MIB, check_fargate_size
from constructs_lib.shared.user_model import UserModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs_lib.settings.settings import Settings
    from constructs_lib.settings.task_folder import TaskFolder

GRAVITON = re.compile(r"a1|[a-z]+(-[a-z]+)?\d+g[a-z]*(-\w+)?")
"""Families with ARM processors: `g` after the generation (AWS: "Amazon EC2 instance type naming conventions")."""


class Ec2Capacity(UserModel):
    """Instances that ECS starts when tasks with the capacity `EC2` wait for room, and ends when nothing runs there."""

    instance_type: InstanceType
    """The type of all instances. Its processor is the one that tasks on them are built for."""
    max_instances: int = Field(ge=1, le=5000)
    """Maximum number of instances; there are none while no task needs one."""
    root_volume_gib: int = Field(default=50, ge=30, le=16384)
    """The disk of an instance, for images and files of all its tasks. The system's image needs 30 GiB."""

    @property
    def architecture(self) -> Literal["ARM64", "X86_64"]:
        """What images for these instances are built for."""
        family = self.instance_type.partition(".")[0]
        return "ARM64" if GRAVITON.fullmatch(family) else "X86_64"


class TaskSize(UserModel):
    """A Fargate task's size: CPU units (1024 are one vCPU) and memory in MiB."""

    cpu: int
    memory_mib: int

    @model_validator(mode="after")
    def _is_offered(self) -> Self:
        check_fargate_size(self.cpu, self.memory_mib)
        return self


class TaskLimits(NamedTuple):
    """CPU units (1024 are one vCPU) and memory."""

    cpu: int
    memory_mib: int


def task_limits(settings: Settings, folders: Sequence[TaskFolder]) -> TaskLimits:
    """Return what the stage says, or else Fargate's largest task, or the largest of *folders* on EC2."""
    return TaskLimits(
        cpu=settings.max_task_cpu or max([MAX_CPU, *(folder.settings.cpu for folder in folders)]),
        memory_mib=settings.max_task_memory_mib
        or max([MAX_MEMORY_MIB, *(folder.settings.memory_mib for folder in folders)]),
    )
