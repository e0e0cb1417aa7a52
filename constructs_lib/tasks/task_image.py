"""What the image of a task is built of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs_lib.push_image.build_context import BuildContext
from constructs_lib.push_image.image_build import ImageBuild

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from constructs_lib.settings.settings import Settings
    from constructs_lib.settings.task_folder import TaskFolder


def task_builds(settings: Settings, folders: Sequence[TaskFolder], project: Path) -> dict[str, ImageBuild]:
    """Return the builds of the images of *folders* by the folder's name, without those in `task_images`."""
    built = [folder for folder in folders if folder.name not in settings.task_images]
    return {folder.name: _build(settings, folder, project) for folder in built}


def _build(settings: Settings, folder: TaskFolder, project: Path) -> ImageBuild:
    context = BuildContext(project, f"tasks/{folder.name}", additional_folders=folder.settings.additional_folders)
    return ImageBuild(f"tasks/{folder.aws_name}", context, folder.settings.architecture or settings.architecture)
