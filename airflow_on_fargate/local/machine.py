"""The addresses and folders of this machine, and the environment that containers get instead of AWS's."""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from airflow_on_fargate.local.airflow_packages import packages_folder
from airflow_on_fargate.local.ports import HOST
from airflow_on_fargate.local.state import DAGS, State, read_json
from airflow_on_fargate.project import project_folder
from constructs_lib.airflow.image_needs import FILES, path_in_project
from constructs_lib.settings.airflow_config import variable
from constructs_lib.settings.processes import AIRFLOW_HOME, TRIGGERER

HEARTBEAT = "AIRFLOW_FARGATE_HEARTBEAT_FILE"
BUNDLES = variable("dag_processor", "dag_bundle_config_list")
"""The variable that only containers with DAG bundles have."""
EDITED_DAGS = {
    variable("core", "min_serialized_dag_update_interval"): "1",
    variable("dag_processor", "refresh_interval"): "3",
    variable("dag_processor", "bundle_refresh_check_interval"): "2",
}
"""Without bundles, an edited DAG must appear within ten seconds; it is parsed at the next refresh."""


@dataclass(frozen=True, kw_only=True)
class Machine:
    """
    The addresses that this start has chosen for the stage `stage`.

    With `containers` Airflow and the tasks run in containers, else as processes. `worker_log_ports` has the port of
    each worker's log server, by the name of its program.
    """

    stage: str
    containers: bool
    api_server_port: int
    aws_port: int
    worker_log_ports: Mapping[str, int]
    triggerer_log_port: int
    database_host: str
    database_port: int
    database_name: str
    database_ssl_mode: str

    @property
    def url(self) -> str:
        """The URL of the UI."""
        return f"http://{HOST}:{self.api_server_port}"

    @property
    def endpoint(self) -> str:
        """The URL of the AWS endpoint."""
        return f"http://{HOST}:{self.aws_port}"

    def worker_log_port(self, program: str) -> int:
        """
        Return the port of the log server of the worker *program*; for other programs that of the first worker.

        Airflow has one setting for all workers, because on AWS each worker has its own address. Here all workers write
        their logs to one folder, so the first one can serve all.
        """
        return self.worker_log_ports.get(program) or next(iter(self.worker_log_ports.values()))

    def write(self, state: State) -> None:
        """Write the addresses for the programs that start later."""
        state.machine.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, state: State) -> Self:
        """Return the machine that `write` wrote."""
        return cls(**read_json(state.machine))


def environment_here(program: str, environment: Mapping[str, str], machine: Machine, state: State) -> dict[str, str]:
    """Return the *environment* of *program*'s container with the addresses and folders of this machine."""
    addresses = {
        "AIRFLOW__API__BASE_URL": machine.url,
        "AIRFLOW__API__HOST": HOST,
        "AIRFLOW__API__PORT": str(machine.api_server_port),
        "AIRFLOW__CORE__HOSTNAME_CALLABLE": "airflow_fargate.log_server.address",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{machine.url}/execution/",
        "AIRFLOW__FAB__COOKIE_SECURE": "False",
        "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(machine.triggerer_log_port),
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(machine.worker_log_port(program)),
        "DB_HOST": machine.database_host,
        "DB_NAME": machine.database_name,
        "DB_PORT": str(machine.database_port),
        "DB_SSLMODE": machine.database_ssl_mode,
        "AIRFLOW_FARGATE_LOG_SERVER_HOST": HOST,
        "AIRFLOW_FARGATE_POLL_SEC": "2",
        **(_of_bundles(program, machine, state) if BUNDLES in environment else EDITED_DAGS),
    }
    engine = "AIRFLOW__CELERY__RESULT_BACKEND_SQLALCHEMY_ENGINE_OPTIONS"
    if engine in environment:
        options = json.loads(environment[engine])
        options["connect_args"]["sslmode"] = machine.database_ssl_mode
        addresses[engine] = json.dumps(options)
    if not machine.containers:
        project = project_folder()
        addresses |= {
            "AIRFLOW_HOME": str(state.airflow_home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(project / "dags"),
            "AIRFLOW_FARGATE_TASKS_FOLDER": str(project / "tasks"),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(project / "plugins"),
            # Only what the image has in its `lib`, so that an import that fails there fails here too.
            "PYTHONPATH": os.pathsep.join(map(str, (state.library, packages_folder(state)))),
            "PYTHONUNBUFFERED": "1",
            HEARTBEAT: str(state.heartbeats / program),
        }
        addresses |= _files_here(environment)
        if program == TRIGGERER.name:
            # On AWS each has its own disk. In a shared folder a worker would delete the triggerer's log.
            addresses["AIRFLOW__LOGGING__BASE_LOG_FOLDER"] = str(state.airflow_home / "triggerer-logs")
    return {**environment, **addresses}


def _of_bundles(program: str, machine: Machine, state: State) -> dict[str, str]:
    """Return where copies of DAG bundles are: each program has its own disk on AWS, and the same intervals as there."""
    storage = state.airflow_home / "dag-bundles" / program
    return {} if machine.containers else {variable("dag_processor", "dag_bundle_storage_path"): str(storage)}


def _files_here(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that name a file of the image, each with the project's file that is copied there."""
    found = {}
    for name in (variable(*option.rsplit(".", 1)) for option in FILES):
        if path := path_in_project(environment.get(name, "")):
            found[name] = str(project_folder() / path)
    return found


def container_here(program: str, definition: Mapping[str, Any], machine: Machine, state: State) -> dict[str, Any]:
    """Return the container *definition* of *program* with the environment and commands of this machine."""
    environment = {each["name"]: each["value"] for each in definition.get("environment", [])}
    found = environment_here(program, environment, machine, state)
    changed = {**definition, "environment": [{"name": key, "value": value} for key, value in sorted(found.items())]}
    if not machine.containers:
        changed["entryPoint"] = [sys.executable, "-m", "airflow_fargate"]
        if check := definition.get("healthCheck"):
            changed["healthCheck"] = {**check, "command": [_path_here(word, state) for word in check["command"]]}
    elif BUNDLES not in environment:
        # Mounted, so that an edited DAG takes effect.
        changed["mountPoints"] = [{"sourceVolume": DAGS, "containerPath": f"{AIRFLOW_HOME}/dags", "readOnly": True}]
    return changed


def _path_here(word: str, state: State) -> str:
    if word == "python":
        return sys.executable
    return word.replace(f"{AIRFLOW_HOME}/lib", str(state.library))
