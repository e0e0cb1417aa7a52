"""The images that a stage builds, and all about its folders that is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from constructs_lib.airflow.airflow_image import airflow_builds
from constructs_lib.airflow.image_needs import check_image_needs
from constructs_lib.tasks.folder_checks import check_folders
from constructs_lib.tasks.task_image import task_builds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from constructs_lib.push_image.image_build import ImageBuild
    from constructs_lib.settings.settings import Settings
    from constructs_lib.settings.task_folder import TaskFolder


@dataclass(frozen=True)
class ImageBuilds:
    """The builds of the Airflow image by architecture, and of on-demand tasks by the name of their folder."""

    airflow: Mapping[str, ImageBuild]
    tasks: Mapping[str, ImageBuild]


def read_builds(settings: Settings, folders: Sequence[TaskFolder], project: Path) -> ImageBuilds:
    """
    Check *folders* and what the settings need of the image, and return the builds; prebuilt images have none.

    Raises:
        BadInputError: naming the file and the key.

    """
    check_folders(settings, folders)
    check_image_needs(settings, project)
    return ImageBuilds(airflow_builds(settings, project), task_builds(settings, folders, project))
