"""The folder of an export."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_on_fargate.output_path import check_output_folder
from constructs_lib.shared.bad_input import BadInputError, shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow_on_fargate.export.hcl import Block

MARK = "# Written by `airflow-fargate export`. The next export replaces this file."
"""The first line of each file. A folder without other files can be written again."""
MARKS = {".md": f"<!-- {MARK.removeprefix('# ')} -->"}
"""The first line by the end of a file's name, where `#` is no comment."""
PARTS = ("examples", "tests")
"""The folders of a module that have files of an export."""
OF_MODULE = "README.md"
"""A file that only an export of a module writes."""


def check_folder(folder: Path, *, as_module: bool) -> None:
    """
    Refuse a *folder* with files that no export has written, or with a module for a root and the other way round.

    Files of Terraform itself may be there: its state, its lock file, its `.terraform` folder, values of variables.

    Raises:
        BadInputError: the sentence names the folder and a file.

    """
    check_output_folder("--to", folder)
    files = _files(folder)
    foreign = [each.relative_to(folder).as_posix() for each in files if _is_foreign(each)]
    if foreign:
        msg = (
            "--to must be a folder that is new, empty or of an earlier export,"
            f" got {shown(str(folder))}, which has {shown(foreign[0])}"
        )
        raise BadInputError(msg)
    has_module = folder / OF_MODULE in files
    if has_module != as_module and any(_is_marked(each) for each in files):
        advice = "add --module" if has_module else "leave out --module"
        msg = (
            f"--to must be a folder without an export of the other kind, got {shown(str(folder))}, which has a"
            f" {'module' if has_module else 'root'}; choose another folder, or {advice}"
        )
        raise BadInputError(msg)


def write_folder(folder: Path, files: Mapping[str, str]) -> list[Path]:
    """
    Write the *files*, texts by path, into *folder*, and return their paths.

    They replace those of an earlier export. Until all of them are written, the folder keeps what it has.

    Raises:
        BadInputError: the folder cannot be written.

    """
    try:
        _write(folder, files)
    except OSError as error:
        msg = f"--to {shown(str(folder))} cannot be written: {error.strerror}"
        raise BadInputError(msg) from error
    return [folder / name for name in sorted(files)]


def _write(folder: Path, files: Mapping[str, str]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as temporary:
        for name, text in files.items():
            file = Path(temporary, name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"{_mark(file)}\n\n{text}\n", encoding="utf-8")
        folder.mkdir(exist_ok=True)
        for old in [each for each in _files(folder) if _is_marked(each)]:
            old.unlink()
        for name in files:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.move(Path(temporary, name), folder / name)


def text_of(blocks: Sequence[Block]) -> str:
    """Return the text of a file of *blocks*."""
    return "\n\n".join(each.text() for each in blocks)


def path_to(project: Path, folder: Path) -> str:
    """Return the path from *folder* to the *project*, which commands of the export run in."""
    return Path(os.path.relpath(project, folder)).as_posix()


def _files(folder: Path) -> list[Path]:
    """Return what is in *folder*, and the files in the folders that only an export writes."""
    found = sorted(folder.iterdir()) if folder.exists() else []
    inside = [each for name in PARTS for each in sorted((folder / name).rglob("*")) if not each.is_dir()]
    return [each for each in found if each.name not in PARTS or not each.is_dir()] + inside


def _is_foreign(file: Path) -> bool:
    # Terraform reads no file whose name begins with a period: those of git and of Terraform itself.
    if ".terraform" in file.parts or file.name.startswith((".", "terraform.")) or file.suffix == ".tfvars":
        return file.name == "terraform.tf" and not _is_marked(file)
    return not _is_marked(file)


def _is_marked(file: Path) -> bool:
    try:
        return file.read_text(encoding="utf-8").startswith(_mark(file))
    except (OSError, UnicodeDecodeError):
        return False


def _mark(file: Path) -> str:
    return MARKS.get(file.suffix, MARK)
