"""The tasks that a DAG may start: the folders of `tasks/`, each with its settings."""

import os
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

CAPACITY = "FARGATE"


@cache
def catalogue() -> dict[str, str]:
    """Return the capacity provider of every task, by the name of its folder."""
    folder = Path(os.environ.get("AIRFLOW_FARGATE_TASKS_FOLDER", "/opt/airflow/tasks"))
    return {path.name: _settings(path).get("capacity", CAPACITY) for path in sorted(folder.iterdir()) if path.is_dir()}


def _settings(folder: Path) -> dict[str, Any]:
    file = folder / "task.toml"
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
