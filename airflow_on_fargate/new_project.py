"""Create a project of the user's own files: `airflow-fargate init FOLDER`."""

import re
import shlex
import tempfile
from collections.abc import Iterator
from pathlib import Path

from airflow_on_fargate.output_path import check_printable
from airflow_on_fargate.project_samples import SAMPLES, TEMPLATE
from airflow_on_fargate.template_files import files_below, write_copy
from constructs_lib.push_image.product_files import PACKAGES, is_installed
from constructs_lib.shared.bad_input import BadInputError
from constructs_lib.version import package_version

RENAMED = {"gitignore": ".gitignore", "project.toml": "pyproject.toml"}
"""Files of the template whose own names would take effect in this repository."""
OF_TOOLS = (".git", ".venv")
"""What a folder may have before it is a project: the program itself may be installed there."""

NEXT = """\
Created {folder}. Next:
  1. cd {quoted}
  2. python3 -m venv .venv && .venv/bin/pip install .     (or: uv sync)
  3. .venv/bin/airflow-fargate synth writes the Terraform JSON of the stages in stages.py.
     .venv/bin/airflow-fargate local up runs the stack on this machine. README.md has the other commands."""


def new_project(folder: Path) -> str:
    """
    Create a project in *folder*, which is new or has at most `.git` and `.venv`, and return what to do next.

    Raises:
        BadInputError: *folder* cannot be used; nothing is written.

    """
    check_printable("FOLDER", folder)
    is_new = not folder.exists()
    if not is_new and not folder.is_dir():
        msg = f"{folder} is a file; choose a folder that does not exist, or an empty one"
        raise BadInputError(msg)
    if not is_new and (existing := sorted(each.name for each in folder.iterdir() if each.name not in OF_TOOLS)):
        msg = f"{folder} is not empty, it has {existing[0]}; choose a folder that does not exist, or an empty one"
        raise BadInputError(msg)
    if is_new and not folder.absolute().parent.is_dir():
        msg = f"{folder.parent} does not exist; create it, or choose another folder"
        raise BadInputError(msg)
    try:
        # Written to a hidden folder first. It is on the same disk, where a rename cannot fail halfway.
        with tempfile.TemporaryDirectory(dir=folder.parent if is_new else folder, prefix=".new-") as beside:
            project = Path(beside) / "project"
            for path, source in _files():
                _write(project / path, source, name=_name(folder))
            if is_new:
                project.rename(folder)
            else:
                for each in project.iterdir():
                    each.rename(folder / each.name)
    except OSError as error:
        msg = f"{folder} cannot be created: {error.strerror}; choose another folder"
        raise BadInputError(msg) from error
    return NEXT.format(folder=folder.absolute(), quoted=shlex.quote(str(folder.absolute())))


def _files() -> Iterator[tuple[str, Path]]:
    """Yield the files of a new project: path in the project, and on this machine."""
    for path, source in files_below(PACKAGES / TEMPLATE):
        yield RENAMED.get(path, path), source
    if not is_installed():
        for path, place in SAMPLES.items():
            yield from files_below(PACKAGES / place, path)


def _write(file: Path, source: Path, *, name: str) -> None:
    """Write the content of *source* to *file*, with its placeholders replaced."""
    write_copy(file, source)
    text = file.read_text(encoding="utf-8")
    replaced = text.replace("PROJECT_NAME", name).replace("PACKAGE_VERSION", package_version())
    if replaced != text:
        file.write_text(replaced, encoding="utf-8")


def _name(folder: Path) -> str:
    """Return the name of *folder* as that of a Python project, which has only letters, digits and hyphens."""
    words: list[str] = re.findall(r"[a-z0-9]+", folder.absolute().name.lower())
    return "-".join(words) or "airflow"
