"""How large an on-demand task of a stage may be, whatever a DAG asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from constructs_lib.shared.fargate_size import MAX_CPU, MAX_MEMORY_MIB

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs_lib.settings.settings import Settings
    from constructs_lib.settings.task_folder import TaskFolder


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
