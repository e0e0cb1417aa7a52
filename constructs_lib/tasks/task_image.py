"""What the image of a task is built of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs_lib.push_image.build_context import BuildContext
from constructs_lib.push_image.image_build import ImageBuild

if TYPE_CHECKING:
    from pathlib import Path

    from constructs_lib.settings.settings import Settings
    from constructs_lib.settings.task_folder import TaskFolder


def task_build(settings: Settings, folder: TaskFolder, project: Path) -> ImageBuild:
    """Return the build of the image of a *folder* of `tasks/`."""
    context = BuildContext(project, f"tasks/{folder.name}", additional_folders=folder.settings.additional_folders)
    return ImageBuild(f"tasks/{folder.aws_name}", context, folder.settings.architecture or settings.architecture)
