"""The tasks that a DAG may start: the folders of `tasks/`, each with its settings."""

import difflib
import os
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

DEFAULTS = {"capacity": "FARGATE", "cpu": 256, "memory_mib": 512}
"""What holds where a `task.toml` says nothing."""


def task_settings(task: str) -> Mapping[str, Any]:
    """
    Return what the `task.toml` of the folder *task* says, with the defaults of capacity and size.

    Raises:
        ValueError: there is no such folder.

    """
    known = _catalogue()
    if task not in known:
        close = difflib.get_close_matches(task, known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(known) or 'none'}"
        msg = f"task={task!r} is no folder of tasks/; {hint}"
        raise ValueError(msg)
    return known[task]


@cache
def _catalogue() -> Mapping[str, Mapping[str, Any]]:
    folder = Path(os.environ.get("AIRFLOW_FARGATE_TASKS_FOLDER", "/opt/airflow/tasks"))
    return {path.name: DEFAULTS | _said(path / "task.toml") for path in sorted(folder.iterdir()) if path.is_dir()}


def _said(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
