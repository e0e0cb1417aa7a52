"""The environment in which the stage's dag-processor parses DAG files, on this machine."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from constructs_lib.settings.airflow_config import with_airflow_config
from constructs_lib.settings.capacity import task_limits
from constructs_lib.settings.processes import DAG_PROCESSOR
from constructs_lib.settings.task_folder import find_task_folders

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from constructs_lib.settings.settings import Settings

AIRFLOWS = ("AIRFLOW", "AWS_")
"""The start of the variables that choose another Airflow or another account."""
OF_USERS = ("AIRFLOW_CONN_", "AIRFLOW_VAR_")
"""The start of the variables with connections and variables for DAGs that need some to be parsed."""


def dag_environment(settings: Settings, *, project: Path, tasks: Path, home: Path) -> dict[str, str]:
    """
    Return the variables that differ from those of this process.

    *project* has `dags/` and `plugins/`, *tasks* is its `tasks/`. Airflow's database is in the temporary folder *home*.

    Raises:
        BadInputError: a folder of `tasks/` is wrong.

    """
    name = settings.name
    limits = task_limits(settings, find_task_folders(tasks, stage=settings.stage))
    stack = {
        "AIRFLOW__CORE__DAGS_FOLDER": str(project / "dags"),
        "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        # Where on-demand tasks would be started; names alone.
        "AIRFLOW_FARGATE_ARCHITECTURE": "X86_64",
        "AIRFLOW_FARGATE_CLUSTER": name,
        "AIRFLOW_FARGATE_EC2_ARCHITECTURE": "X86_64",
        "AIRFLOW_FARGATE_FAMILY_PREFIX": f"{name}-",
        "AIRFLOW_FARGATE_LOG_GROUP_PREFIX": f"/{name}/tasks/",
        "AIRFLOW_FARGATE_MAX_TASK_CPU": str(limits.cpu),
        "AIRFLOW_FARGATE_MAX_TASK_MEMORY_MIB": str(limits.memory_mib),
        "AIRFLOW_FARGATE_QUEUES": ",".join(sorted({"default", *settings.worker_pools})),
        "AIRFLOW_FARGATE_SECURITY_GROUP": "sg-0",
        "AIRFLOW_FARGATE_SUBNETS": "subnet-0",
        "AIRFLOW_FARGATE_TASKS_FOLDER": str(tasks),
        "AWS_DEFAULT_REGION": settings.region,
    }
    return {
        **_of_user(settings),
        **with_airflow_config(stack, settings.airflow_config),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(project / "plugins"),
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        # AWS refuses these keys: nothing reaches the account that the shell is logged in to.
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_SECRET_ACCESS_KEY": "none",
    }


def without_airflow(variables: Mapping[str, str]) -> dict[str, str]:
    """Return *variables* without those that choose another Airflow or another account."""
    return {
        name: value for name, value in variables.items() if not name.startswith(AIRFLOWS) or name.startswith(OF_USERS)
    }


def _of_user(settings: Settings) -> dict[str, str]:
    """Return the user's variables of the dag-processor, and those with secrets that this process has too."""
    own = settings.process(DAG_PROCESSOR.name)
    known = {name: os.environ[name] for name in {*settings.secrets, *own.secrets} if name in os.environ}
    return {**settings.environment, **own.environment, **known}
