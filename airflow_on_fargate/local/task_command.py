"""The command and the Python packages of a task that runs as a process."""

import hashlib
import json
import shutil
import sys
import tempfile
import venv
from collections.abc import Callable, Sequence
from pathlib import Path

from dockerfile_parse import DockerfileParser

from airflow_on_fargate.local.launch import CannotStartError
from airflow_on_fargate.local.requirements import digest_of
from airflow_on_fargate.local.state import State
from airflow_on_fargate.local.task_files import TaskFiles


def command_of(folder: Path, command: Sequence[str]) -> list[str]:
    """
    Return the Dockerfile's ENTRYPOINT with *command*, or if that is empty with the Dockerfile's CMD.

    Raises:
        CannotStartError: there is none, or it is not written as a JSON array.

    """
    parsed = DockerfileParser(str(folder / "Dockerfile"), cache_content=True)
    found = {"ENTRYPOINT": "", "CMD": ""}
    for instruction in parsed.structure:
        if instruction["instruction"] == "FROM":
            # Only the last stage of a build counts.
            found = dict.fromkeys(found, "")
        elif instruction["instruction"] in found:
            found[instruction["instruction"]] = instruction["value"]
    entry_point = _words(folder, "ENTRYPOINT", found["ENTRYPOINT"])
    words = [*entry_point, *(command or _words(folder, "CMD", found["CMD"]))]
    if not words:
        msg = (
            f"CannotStartContainerError: tasks/{folder.name} has no command: set one in the DAG, "
            f"in tasks/{folder.name}/task.toml (command = [...]) or in its Dockerfile (CMD [...])"
        )
        raise CannotStartError(msg)
    return words


def environment_of(folder: Path) -> dict[str, str]:
    """Return the variables of the Dockerfile's ENV, except PATH, which is this machine's."""
    found: dict[str, str] = DockerfileParser(str(folder / "Dockerfile"), cache_content=True).envs
    return {name: value for name, value in found.items() if name != "PATH"}


Install = Callable[[Sequence[str], Path], list[str] | None]
"""Runs Python with arguments in a folder; returns the last lines that it printed if it failed."""


def programs_of(task: TaskFiles, state: State, install: Install, *, with_packages: bool) -> Path:
    """
    Return the folder of programs of a virtual environment, *with_packages* that the task's requirements.txt names.

    It is made once for each content of that file, and of the files and packages on this machine that it names; without
    them it has Python alone, and nothing of Airflow's.

    Raises:
        CannotStartError: pip fails.

    """
    file = task.folder / "requirements.txt"
    requirements = file.read_bytes() if with_packages and file.exists() else b""
    digest = hashlib.sha256(sys.version.encode() + (digest_of(file) if requirements else b"")).hexdigest()[:16]
    made = state.virtual_environments / digest
    if not made.exists():
        state.virtual_environments.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=state.virtual_environments))
        try:
            # Its scripts contain the path of its folder, so pip runs in the final folder.
            _make(made, temporary, task if requirements.strip() else None, install)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    return made / "bin"


def _make(made: Path, temporary: Path, task: TaskFiles | None, install: Install) -> None:
    venv.EnvBuilder(symlinks=True).create(temporary)
    if task:
        pip = ["-m", "pip", "--python", str(temporary / "bin/python"), "install", "--quiet"]
        lines = install([*pip, "--disable-pip-version-check", "--requirement", "requirements.txt"], task.folder)
        if lines is not None:
            # pip may print a hint after the error.
            errors = [line for line in lines if line.startswith("ERROR: ")] or lines or ["pip gives no reason"]
            msg = f"CannotStartContainerError: tasks/{task.name}/requirements.txt cannot be installed: {errors[-1]}"
            raise CannotStartError(msg)
    for program in (temporary / "bin").iterdir():
        if not program.is_symlink():
            text = program.read_bytes()
            program.write_bytes(text.replace(bytes(temporary), bytes(made)))
    try:
        temporary.rename(made)
    except OSError:
        # Another task has created it meanwhile.
        if not made.exists():
            raise


def _words(folder: Path, instruction: str, value: str) -> list[str]:
    if not value:
        return []
    try:
        words = json.loads(value)
    except ValueError:
        words = None
    if not isinstance(words, list):
        where = f"tasks/{folder.name}/Dockerfile"
        msg = f"CannotStartContainerError: {where}: {instruction} must be a JSON array, got {value}"
        raise CannotStartError(msg)
    return [str(word) for word in words]
