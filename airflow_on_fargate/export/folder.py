"""The folder of an export."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from constructs_lib.shared.bad_input import BadInputError, shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow_on_fargate.export.hcl import Block

MARK = "# Written by `airflow-fargate export`. The next export replaces this file."
"""The first line of each file. A folder without other `.tf` files can be written again."""


def check_folder(folder: Path) -> None:
    """
    Refuse a *folder* with files that no export has written.

    Files of Terraform itself may be there: its state, its lock file, its `.terraform` folder, values of variables.

    Raises:
        BadInputError: the sentence names the folder and a file.

    """
    if folder.exists() and not folder.is_dir():
        msg = f"--to must be a folder, got {shown(str(folder))}, which is a file"
        raise BadInputError(msg)
    foreign = [each.name for each in sorted(folder.iterdir()) if _is_foreign(each)] if folder.exists() else []
    if foreign:
        msg = (
            "--to must be a folder that is new, empty or of an earlier export,"
            f" got {shown(str(folder))}, which has {shown(foreign[0])}"
        )
        raise BadInputError(msg)


def write_folder(folder: Path, files: Mapping[str, Sequence[Block]]) -> list[Path]:
    """
    Write the *files*, by name without `.tf`, into *folder*, and return their paths.

    They replace those of an earlier export. Until all of them are written, the folder keeps what it has.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as temporary:
        for name, blocks in files.items():
            text = "\n\n".join([MARK, *(each.text() for each in blocks)])
            Path(temporary, f"{name}.tf").write_text(f"{text}\n", encoding="utf-8")
        folder.mkdir(exist_ok=True)
        for old in folder.glob("*.tf"):
            old.unlink()
        return [Path(shutil.move(each, folder)) for each in sorted(Path(temporary).iterdir())]


def path_to(project: Path, folder: Path) -> str:
    """Return the path from *folder* to the *project*, which commands of the export run in."""
    return Path(os.path.relpath(project, folder)).as_posix()


def _is_foreign(file: Path) -> bool:
    if file.name.startswith((".terraform", "terraform.")) or file.suffix == ".tfvars":
        return file.name == "terraform.tf" and not _is_marked(file)
    return file.suffix != ".tf" or not _is_marked(file)


def _is_marked(file: Path) -> bool:
    try:
        return file.read_text(encoding="utf-8").startswith(MARK)
    except (OSError, UnicodeDecodeError):
        return False
