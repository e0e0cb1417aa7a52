"""What a stage refuses about the folders of `tasks/`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs_lib.settings.capacity import task_limits
from constructs_lib.settings.partition import foreign_arns, partition_of
from constructs_lib.shared.bad_input import BadInputError, nearest
from constructs_lib.shared.capacity import check_stage_capacity, check_stage_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs_lib.settings.capacity import TaskLimits
    from constructs_lib.settings.settings import Settings
    from constructs_lib.settings.task_folder import TaskFolder


def check_folders(settings: Settings, folders: Sequence[TaskFolder]) -> None:
    """
    Check that the stage of *settings* can run the tasks of *folders*.

    Raises:
        BadInputError: a folder is larger than the stage allows, needs instances that the stage lacks, or names an ARN
            of another partition; or the settings have an image for a folder that does not exist.

    """
    _check_prebuilt(settings, folders)
    _check_capacity(settings, folders, task_limits(settings, folders))
    _check_partition(settings, folders)


def _check_capacity(settings: Settings, folders: Sequence[TaskFolder], limits: TaskLimits) -> None:
    for folder in folders:
        try:
            check_stage_size(
                folder.settings.cpu,
                folder.settings.memory_mib,
                max_cpu=limits.cpu,
                max_memory_mib=limits.memory_mib,
            )
        except ValueError as error:
            msg = f"tasks/{folder.name}/task.toml, stage {settings.stage!r}: {error}"
            raise BadInputError(msg) from None
        try:
            check_stage_capacity(
                folder.settings.capacity,
                architecture=folder.settings.architecture or settings.architecture,
                ec2_architecture=settings.ec2_architecture,
            )
        except ValueError as error:
            msg = f"tasks/{folder.name}/task.toml, stage {settings.stage!r}: capacity {error}"
            raise BadInputError(msg) from None


def _check_partition(settings: Settings, folders: Sequence[TaskFolder]) -> None:
    for folder in folders:
        values = folder.settings.model_dump(include={"secrets", "permissions"})
        for sentence in foreign_arns(values, partition=partition_of(settings.region).name):
            msg = f"tasks/{folder.name}/task.toml, stage {settings.stage!r}: {sentence}"
            raise BadInputError(msg)


def _check_prebuilt(settings: Settings, folders: Sequence[TaskFolder]) -> None:
    names = [folder.name for folder in folders]
    for name in settings.task_images:
        if name not in names:
            msg = (
                f"stages.py, stage {settings.stage!r}: task_images.{name} is not a folder of tasks/;"
                f" {nearest(name, names)}"
            )
            raise BadInputError(msg)
