"""The facts of a stage that a container has: values in variables, and the folders of `tasks/`."""

import difflib
import os
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

DEFAULT_POOL = "default_pool"
"""Airflow's own pool, of the tasks whose DAG names none: here the tasks of the queue `default`."""
DEFAULTS = {"capacity": "FARGATE", "cpu": 256, "memory_mib": 512}
"""The defaults of a `task.toml`."""


def stage_value(name: str) -> str:
    """
    Return the value of the variable `AIRFLOW_FARGATE_<name>`.

    Raises:
        ValueError: it is not set, because this is no container of the stack.

    """
    variable = f"AIRFLOW_FARGATE_{name}"
    if variable not in os.environ:
        msg = f"{variable} is not set: outside the stack's containers, set it before a DAG is read"
        raise ValueError(msg)
    return os.environ[variable]


def task_settings(task: str) -> Mapping[str, Any]:
    """
    Return the settings in the `task.toml` of the folder *task*, with the defaults of capacity and size.

    Raises:
        ValueError: there is no such folder.

    """
    known = _tasks()
    if task not in known:
        close = difflib.get_close_matches(task, known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"the folders are {', '.join(known) or 'none'}"
        msg = f"task={task!r} is not a folder of tasks/; {hint}"
        raise ValueError(msg)
    return known[task]


@cache
def _tasks() -> Mapping[str, Mapping[str, Any]]:
    folder = Path(os.environ.get("AIRFLOW_FARGATE_TASKS_FOLDER", "/opt/airflow/tasks"))
    return {path.name: DEFAULTS | _toml(path / "task.toml") for path in sorted(folder.iterdir()) if path.is_dir()}


def _toml(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
