"""The images that a stage takes from its registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs_lib.airflow.airflow_image import airflow_builds
from constructs_lib.shared.bad_input import BadInputError
from constructs_lib.tasks.task_image import task_builds

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from constructs_lib.push_image.image_build import ImageBuild
    from constructs_lib.settings.settings import Settings
    from constructs_lib.settings.task_folder import TaskFolder


def registry_of(settings: Settings) -> str:
    """
    Return the registry of the stage.

    Raises:
        BadInputError: the stage has none, because its deployment builds the images.

    """
    if not settings.image_registry:
        msg = (
            f"stages.py, stage {settings.stage!r}: image_registry is not set, so a deployment of the stage builds and"
            " pushes its images"
        )
        raise BadInputError(msg)
    return settings.image_registry


def stage_images(settings: Settings, folders: Sequence[TaskFolder], project: Path) -> list[ImageBuild]:
    """
    Return the builds of the images in the registry of the stage: those that `airflow_image` and `task_images` leave.

    Raises:
        BadInputError: a folder of the project cannot be built.

    """
    return [*airflow_builds(settings, project).values(), *task_builds(settings, folders, project).values()]
