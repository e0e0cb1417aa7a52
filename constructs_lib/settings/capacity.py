"""The capacity of a stage: its EC2 instances, the sizes of tasks, and the maximum size of a task that a DAG starts."""

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
    """EC2 instances. ECS starts them for tasks with the capacity `EC2`, and ends them when they are empty."""

    instance_type: InstanceType
    """Type of all instances. It determines the architecture of the tasks on them."""
    max_instances: int = Field(ge=1, le=5000)
    """Maximum number of instances. None run while no task needs one."""
    root_volume_gib: int = Field(default=50, ge=30, le=16384)
    """Disk of an instance, for the images and files of all its tasks. The operating system needs 30 GiB."""

    @property
    def architecture(self) -> Literal["ARM64", "X86_64"]:
        """The processor of these instances, for which images are built."""
        family = self.instance_type.partition(".")[0]
        return "ARM64" if GRAVITON.fullmatch(family) else "X86_64"


class TaskSize(UserModel):
    """A Fargate task's size: CPU units (1024 are one vCPU) and memory in MiB."""

    cpu: int
    """CPU units; 1024 are one vCPU."""
    memory_mib: int
    """Memory. Fargate offers several sizes for each `cpu`."""

    @model_validator(mode="after")
    def _is_offered(self) -> Self:
        check_fargate_size(self.cpu, self.memory_mib)
        return self


class TaskLimits(NamedTuple):
    """CPU units (1024 are one vCPU) and memory."""

    cpu: int
    memory_mib: int


def task_limits(settings: Settings, folders: Sequence[TaskFolder]) -> TaskLimits:
    """Return the maximum of the stage's settings, or else that of Fargate or of the largest of *folders*, if larger."""
    return TaskLimits(
        cpu=settings.max_task_cpu or max([MAX_CPU, *(folder.settings.cpu for folder in folders)]),
        memory_mib=settings.max_task_memory_mib
        or max([MAX_MEMORY_MIB, *(folder.settings.memory_mib for folder in folders)]),
    )
