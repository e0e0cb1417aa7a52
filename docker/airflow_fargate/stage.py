"""The facts of a stage that a container has: values in variables, and the folders of `tasks/`."""

import difflib
import json
import os
import sys
import tomllib
from collections.abc import Container, Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from airflow_fargate.dag_bundles.version_folder import deployed_file, version_in

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


def task_values(task: str, waiter_delay: int) -> dict[str, Any]:
    """
    Return the arguments of `EcsRunTaskOperator` that the stack decides on, for the folder *task*.

    *waiter_delay* is the number of seconds between two looks at the task.

    Raises:
        ValueError: a variable is not set, because this is no container of the stack.

    """
    awsvpc = {
        "subnets": stage_value("SUBNETS").split(","),
        "securityGroups": [stage_value("SECURITY_GROUP")],
        "assignPublicIp": "DISABLED",
    }
    return {
        "cluster": stage_value("CLUSTER"),
        "task_definition": stage_value("FAMILY_PREFIX") + task.replace("_", "-"),
        "container_name": task,
        "network_configuration": {"awsvpcConfiguration": awsvpc},
        "awslogs_group": stage_value("LOG_GROUP_PREFIX") + task,
        "awslogs_stream_prefix": task,
        "awslogs_fetch_interval": timedelta(seconds=waiter_delay),
    }


def task_settings(task: str) -> Mapping[str, Any]:
    """
    Return the settings in the `task.toml` of the folder *task*, with the defaults of capacity and size.

    The folder is that of the DAG's own version, if the DAG is in a bundle.

    Raises:
        ValueError: there is no such folder, or the stage has not deployed it.

    """
    dags = _dags_of_version()
    known = _tasks(dags.parent / "tasks" if dags else _image_folder())
    if task not in known:
        close = difflib.get_close_matches(task, known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"the folders are {', '.join(known) or 'none'}"
        msg = f"task={task!r} is not a folder of tasks/; {hint}"
        raise ValueError(msg)
    if dags and task not in _deployed(dags, known):
        msg = f"task={task!r} is in tasks/ of this version, but not deployed in the stage: run airflow-fargate deploy"
        raise ValueError(msg)
    return known[task]


def _dags_of_version() -> Path | None:
    """Return the folder `dags` of the version that is parsed or run; Airflow adds it to `sys.path`."""
    storage = os.environ.get("AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH")
    paths = (Path(each) for each in reversed(sys.path))
    return next((each for each in paths if storage and version_in(each) and each.is_relative_to(storage)), None)


def _deployed(dags: Path, known: Container[str]) -> Container[str]:
    """Return the folders that the stage has deployed, or all *known* ones where nobody parses new versions."""
    file = deployed_file(dags)
    tasks: Container[str] = json.loads(file.read_text(encoding="utf-8"))["tasks"] if file.exists() else known
    return tasks


def _image_folder() -> Path:
    return Path(os.environ.get("AIRFLOW_FARGATE_TASKS_FOLDER", "/opt/airflow/tasks"))


@cache
def _tasks(folder: Path) -> Mapping[str, Mapping[str, Any]]:
    folders = sorted(folder.iterdir()) if folder.is_dir() else []
    return {path.name: DEFAULTS | _toml(path / "task.toml") for path in folders if path.is_dir()}


def _toml(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
