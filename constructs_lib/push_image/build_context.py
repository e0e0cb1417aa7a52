"""
The context of a `docker build`: a folder of the project, and additional folders of the project.

Docker copies symbolic links unchanged, and does not follow a link out of the context.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from constructs_lib.push_image.docker_ignore import DockerIgnore
from constructs_lib.push_image.product_files import PLACES, product_file
from constructs_lib.shared.bad_input import BadInputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_LINKS = 40
"""The maximum number of links that Linux follows on one path (path_resolution(7))."""


@dataclass(frozen=True)
class BuildContext:
    """
    The build context of an image: *folder* of *project*, whose *dockerfile* builds the image.

    *additional_folders* are other folders of the project. They have the same paths in the context.

    A Dockerfile can copy additional folders and *separate_folders* of the context to other places. So a link must not
    lead out of them.

    *with_product_files* adds the image's own files (`product_files.PLACES`) that the project does not replace.
    *excluded_folders* of the context are not in the image, and *build_arguments*, `NAME=value`, are those of the build.
    """

    project: Path
    folder: str = "."
    dockerfile: str = "Dockerfile"
    additional_folders: tuple[str, ...] = ()
    separate_folders: tuple[str, ...] = ()
    with_product_files: bool = False
    excluded_folders: tuple[str, ...] = ()
    build_arguments: tuple[str, ...] = ()

    @property
    def path(self) -> Path:
        """The folder on this machine."""
        return self.project / self.folder

    @property
    def dockerfile_path(self) -> Path:
        """The Dockerfile on this machine."""
        return self._product_files.get(self.dockerfile, self.path / self.dockerfile)

    @property
    def _product_files(self) -> Mapping[str, Path]:
        """The product's files and folders that are not in the project: path in the context, and on this machine."""
        if not self.with_product_files:
            return {}
        return {name: product_file(name) for name in PLACES if not os.path.lexists(self.path / name)}

    def files(self) -> Mapping[str, Path]:
        """
        Return the files, folders and links of the context: path in the context, sorted, and path on this machine.

        The `.dockerignore` of the folder applies to the additional folders too.

        Raises:
            BadInputError: the Dockerfile is missing, or a link leads to a file that is not in the context.

        """
        if not self.dockerfile_path.is_file():
            msg = f"{self.name_of(self.dockerfile)} is missing; Docker needs it to build the image"
            raise BadInputError(msg)
        product = self._product_files
        ignore_file = product.get(".dockerignore", self.path / ".dockerignore")
        ignore = DockerIgnore(ignore_file, self.dockerfile, where=self.name_of(".dockerignore"))
        found = {name: self.path / name for name in ignore.kept_in(self.path)}
        for place, path in product.items():
            found |= {name: path / name.removeprefix(place).removeprefix("/") for name in ignore.kept_at(path, place)}
        for folder in self.additional_folders:
            found |= {name: self.project / name for name in ignore.kept_below(self.project / folder, folder)}
        excluded = {*self.excluded_folders}
        # By bytes, which is the same order on every machine.
        names = sorted((name for name in found if name.split("/", 1)[0] not in excluded), key=os.fsencode)
        files = {name: found[name] for name in names}
        check_links(self, files)
        return files

    def name_of(self, name: str) -> str:
        """Return the path *name* of the context as a path in the project."""
        shared = any(f"{name}/".startswith(f"{folder}/") for folder in self.additional_folders)
        return name if shared or self.folder == "." else f"{self.folder}/{name}"

    @contextmanager
    def assembled(self) -> Iterator[Path]:
        """
        Yield a folder for `docker build`. With files from other folders it is a temporary copy of the context.

        Docker's own option, `--build-context`, needs BuildKit, which not every machine has.
        """
        if not (self.additional_folders or self.excluded_folders or self._product_files):
            yield self.path
            return
        with tempfile.TemporaryDirectory(prefix="build-context-") as temporary:
            self.copy_to(Path(temporary))
            yield Path(temporary)

    def copy_to(self, target: Path) -> None:
        """Copy the context into the folder *target*."""
        for name, path in self.files().items():
            copy = target / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            if path.is_symlink() or path.is_file():
                shutil.copy(path, copy, follow_symlinks=False)
            elif path.is_dir():
                copy.mkdir(exist_ok=True)


def check_links(context: BuildContext, files: Mapping[str, Path]) -> None:
    """
    Refuse a link among the *files* of *context* that would be broken in the image, or lead to another file there.

    A link that is broken on this machine too is accepted.

    Raises:
        BadInputError: the sentence names the link, its target and what to do.

    """
    links = {name: str(path.readlink()) for name, path in files.items() if path.is_symlink()}
    folders = {str(parent) for name in files for parent in PurePosixPath(name).parents}
    for name, target in links.items():
        home = _home(context, name)
        end = _end(name, links)
        if end is None or not (home in {".", end} or end.startswith(f"{home}/")):
            where = context.name_of(home) if home != "." else context.folder
            outside = f"outside {where}" if where != "." else "outside the project"
            raise BadInputError(_refusal(context, name, target, outside))
        if end not in files and end not in folders and files[name].exists():
            raise BadInputError(_refusal(context, name, target, "which .dockerignore excludes"))


def _home(context: BuildContext, name: str) -> str:
    """Return the folder of the context that the link *name* must not lead out of."""
    for folder in (*context.separate_folders, *context.additional_folders):
        if name == folder or name.startswith(f"{folder}/"):
            return folder
    return "."


def _end(name: str, links: Mapping[str, str]) -> str | None:
    """Return the path in the context to which *name* leads, or None if it leads out of the context."""
    done: list[str] = []
    ahead = name.split("/")
    followed = 0
    while ahead:
        part = ahead.pop(0)
        if part == "..":
            if not done:
                return None
            done.pop()
        elif part not in {"", "."}:
            done.append(part)
            if target := links.get("/".join(done)):
                followed += 1
                if target.startswith("/") or followed > MAX_LINKS:
                    return None
                done.pop()
                ahead = [*target.split("/"), *ahead]
    return "/".join(done) or "."


def _refusal(context: BuildContext, name: str, target: str, why: str) -> str:
    ways = ["replace it by a copy of its target", "exclude the link in .dockerignore"]
    if context.folder != ".":
        ways.insert(1, f"add its folder to additional_folders in {context.folder}/task.toml")
    return (
        f"{context.name_of(name)} is a symbolic link to {target!r}, {why}, and would be broken in the image;"
        f" {' or '.join(ways)}"
    )
