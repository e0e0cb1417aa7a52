"""The files on this machine that a version of a bundle has: `dags/`, and one file of each folder of `tasks/`."""

from __future__ import annotations

import fnmatch
import os
import re
from functools import cache
from typing import TYPE_CHECKING

from constructs_lib.push_image.product_files import product_file
from constructs_lib.shared.bad_input import BadInputError, printable, shown
from constructs_lib.shared.dag_version import DAGS, TASKS, check_paths, check_size, read_source, source_size

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from constructs_lib.shared.dag_version import BundleFile

MAX_FILE_BYTES = 100 * 1024**2
"""A file of DAGs is code. Larger ones are data, which every worker would download."""
ANYWHERE = "**/"
"""The start of the patterns of `.dockerignore` that are about a name, wherever it is."""


def local_files(folder: Path, *, tasks: Path) -> dict[str, BundleFile]:
    """
    Return the files of *folder*, which has `dags/`, and of *tasks*, by their path in a version.

    It excludes what the Airflow image excludes, such as `__pycache__`. It includes what `.airflowignore` names: Airflow
    does not parse these files, but DAGs may import them.

    Raises:
        BadInputError: there is no DAG file, or a file cannot be a part of a version.

    """
    dags = folder / DAGS
    if not dags.is_dir():
        msg = f"{folder.absolute()} has no folder dags; run the command in your project, or name the folder by --folder"
        raise BadInputError(msg)
    paths = sorted(_below(dags, DAGS, ()))
    if not any(path.endswith((".py", ".zip")) for path in paths):
        msg = f"{dags.absolute()} has no DAG file, which ends with .py or .zip"
        raise BadInputError(msg)
    of_tasks = sorted(f"{TASKS}/{file.parent.name}/{file.name}" for file in _of_tasks(tasks))
    check_paths([*paths, *of_tasks], where=str(folder.absolute()))
    folders = dict.fromkeys(paths, folder) | dict.fromkeys(of_tasks, tasks.parent)
    # Before a file is read: its content is in memory then.
    _check_sizes({path: source_size(parent, path) for path, parent in folders.items()}, folder)
    files = {path: read_source(parent, path) for path, parent in folders.items()}
    _check_sizes({path: file.bytes for path, file in files.items()}, folder)
    return files


def source(path: str, folder: Path, *, tasks: Path) -> Path:
    """Return where the file *path* of a version is on this machine."""
    return (folder if path.startswith(f"{DAGS}/") else tasks.parent) / path


def _check_sizes(sizes: Mapping[str, int], folder: Path) -> None:
    for path, size in sizes.items():
        if size > MAX_FILE_BYTES:
            limit = f"a file has at most {MAX_FILE_BYTES // 1024**2} MiB"
            msg = f"{shown(path)} has {size / 1024**2:,.0f} MiB; {limit}; put data into a bucket"
            raise BadInputError(msg)
    check_size(sizes.values(), where=str(folder.absolute()))


def _of_tasks(tasks: Path) -> Iterator[Path]:
    """Yield a file for each folder of *tasks*: its `task.toml`, or else its Dockerfile, so that DAGs may name it."""
    for folder in tasks.glob("[!.]*/"):
        found = [file for name in ("task.toml", "Dockerfile") if os.path.lexists(file := folder / name)]
        yield from found[:1]


def _below(folder: Path, path: str, parents: tuple[Path, ...]) -> Iterator[str]:
    """Yield the files of *folder*, whose own path is *path*, and below; *parents* are its folders, without links."""
    real = folder.resolve()
    if parents and (real in parents or not real.is_relative_to(parents[0])):
        where = "a folder that contains it" if real in parents else f"a folder outside of {printable(str(parents[0]))}"
        msg = f"{shown(path)} is a link to {where}; copy the files, or remove the link"
        raise BadInputError(msg)
    for entry in os.scandir(folder):
        if _is_left_out(entry.name):
            continue
        inner = f"{path}/{entry.name}"
        if entry.is_dir():
            yield from _below(folder / entry.name, inner, (*parents, real))
        else:
            yield inner


def _is_left_out(name: str) -> bool:
    return _left_out().fullmatch(name) is not None


@cache
def _left_out() -> re.Pattern[str]:
    """Return what fits the names that the image leaves out in each folder."""
    lines = product_file(".dockerignore").read_text(encoding="utf-8").splitlines()
    names = [line.removeprefix(ANYWHERE) for line in lines if line.startswith(ANYWHERE)]
    return re.compile("|".join(map(fnmatch.translate, names)))
