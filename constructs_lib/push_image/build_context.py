"""What `docker build` gets: a folder of the project, and further folders that it shares with others."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from constructs_lib.push_image.context_links import check_links
from constructs_lib.push_image.docker_ignore import DockerIgnore
from constructs_lib.shared.bad_input import BadInputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True)
class BuildContext:
    """
    The build context of an image: *folder* of *project*, whose *dockerfile* builds the image.

    *additional_folders* are folders of the project as well. The context has them under the same paths.

    A Dockerfile may copy the *separate_folders* of the context to other places, as it may the additional ones, so links
    do not lead out of them.
    """

    project: Path
    folder: str = "."
    dockerfile: str = "Dockerfile"
    additional_folders: tuple[str, ...] = ()
    separate_folders: tuple[str, ...] = ()

    @property
    def path(self) -> Path:
        """The folder on this machine."""
        return self.project / self.folder

    @property
    def dockerfile_path(self) -> Path:
        """The Dockerfile on this machine."""
        return self.path / self.dockerfile

    def files(self) -> Mapping[str, Path]:
        """
        Return the files, folders and links that Docker sees: the path in the context, sorted, and that on this machine.

        The `.dockerignore` of the folder holds for the additional folders, too.

        Raises:
            BadInputError: the Dockerfile is missing, or a link leads to what Docker does not see.

        """
        if not self.dockerfile_path.is_file():
            msg = f"{self.name_of(self.dockerfile)} is missing; an image is built from it"
            raise BadInputError(msg)
        ignore = DockerIgnore(self.path, self.dockerfile, where=self.name_of(".dockerignore"))
        found = {name: self.path / name for name in ignore.kept_in(self.path)}
        for folder in self.additional_folders:
            found |= {name: self.project / name for name in ignore.kept_below(self.project / folder, folder)}
        # By bytes: the same order on every machine.
        files = {name: found[name] for name in sorted(found, key=os.fsencode)}
        check_links(self, files)
        return files

    def name_of(self, name: str) -> str:
        """Return how a sentence names the path *name* of the context: as a path in the project."""
        shared = any(f"{name}/".startswith(f"{folder}/") for folder in self.additional_folders)
        return name if shared or self.folder == "." else f"{self.folder}/{name}"

    @contextmanager
    def assembled(self) -> Iterator[Path]:
        """
        Yield a folder for `docker build`: with additional folders a temporary one, to which all is copied.

        Docker's own way, `--build-context`, needs BuildKit, which not every machine has.
        """
        if not self.additional_folders:
            yield self.path
            return
        with tempfile.TemporaryDirectory(prefix="build-context-") as temporary:
            self.copy_to(Path(temporary))
            yield Path(temporary)

    def copy_to(self, target: Path) -> None:
        """Copy what Docker sees into the folder *target*."""
        for name, path in self.files().items():
            copy = target / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            if path.is_symlink() or path.is_file():
                shutil.copy(path, copy, follow_symlinks=False)
            elif path.is_dir():
                copy.mkdir(exist_ok=True)
