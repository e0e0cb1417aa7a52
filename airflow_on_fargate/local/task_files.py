"""The files of a task that runs as a process."""

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from airflow_on_fargate.local.dockerfile import last_stage
from airflow_on_fargate.local.state import State
from constructs_lib.push_image.build_context import BuildContext
from constructs_lib.push_image.image_content import content_hash
from constructs_lib.settings.task_settings import read_task_settings

ROOT = PurePosixPath("/")


@dataclass(frozen=True)
class TaskFiles:
    """The task *name* starts in *folder*; with additional folders that is *working_folder* in a copy below *root*."""

    name: str
    folder: Path
    working_folder: PurePosixPath = ROOT
    root: Path | None = None

    def find(self, path: str) -> Path | None:
        """Return where *path* of the image is on this machine, or None if it is not one of the task's."""
        if not self.root:
            return None
        copy = _below(self.root, PurePosixPath(path))
        # A task may create files below its WORKDIR.
        is_own = self.working_folder != ROOT and PurePosixPath(path).is_relative_to(self.working_folder)
        return copy if is_own or copy.exists() else None


def task_files(folder: Path, state: State) -> TaskFiles:
    """
    Return where the task of *folder* starts: there, or, with additional folders, in a copy that has both.

    The copy is made once for each content. The task's own files are in the WORKDIR of its Dockerfile, additional
    folders where its COPY puts them.

    Raises:
        BadInputError: its `task.toml` or a symbolic link is wrong.

    """
    settings = read_task_settings(folder / "task.toml", where=f"tasks/{folder.name}/task.toml")
    if not settings.additional_folders:
        return TaskFiles(folder.name, folder)
    context = BuildContext(folder.parents[1], f"tasks/{folder.name}", additional_folders=settings.additional_folders)
    files = context.files()
    shared = {name: path for name, path in files.items() if path == context.project / name}
    stage = last_stage(context.dockerfile_path)
    places = {stage.working_folder / name: path for name, path in files.items() if name not in shared}
    for copy in stage.copies:
        places |= copy.places(shared)
    root = state.task_files / folder.name / content_hash(context, architecture="")
    if not root.exists():
        _make(root, places)
    return TaskFiles(folder.name, _below(root, stage.working_folder), stage.working_folder, root)


def _below(root: Path, path: PurePosixPath) -> Path:
    return root / path.relative_to(ROOT)


def _make(root: Path, places: Mapping[PurePosixPath, Path]) -> None:
    """Copy files to their *places* below *root*, all of them or none."""
    root.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root.parent) as temporary:
        made = Path(temporary, "root")
        for place, path in places.items():
            copy = _below(made, place)
            copy.parent.mkdir(parents=True, exist_ok=True)
            if path.is_dir() and not path.is_symlink():
                copy.mkdir(exist_ok=True)
            else:
                shutil.copy(path, copy, follow_symlinks=False)
        try:
            made.rename(root)
        except OSError:
            # Another run has created it meanwhile.
            if not root.exists():
                raise
