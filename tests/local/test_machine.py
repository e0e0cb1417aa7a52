"""Promises of what is different on one machine."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from airflow_on_fargate.local.containers import program_name
from airflow_on_fargate.local.machine import BUNDLES, HEARTBEAT, Machine, container_here, environment_here
from airflow_on_fargate.local.state import State
from tests.clone import PROJECT
from tests.local import state_folder
from tests.programs import command

PORT = "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT"
MACHINE = replace(
    state_folder.MACHINE,
    api_server_port=8080,
    worker_log_ports={"worker": 2, "worker-spot": 3},
    triggerer_log_port=4,
    database_port=5432,
    database_ssl_mode="disable",
)


@pytest.mark.parametrize(
    ("family", "container", "program"),
    [
        ("airflow-dev-airflow", "worker", "worker"),
        ("airflow-dev-worker-high-memory", "worker", "worker-high-memory"),
        ("airflow-prod-api-server", "migrate", "migrate"),
    ],
)
def test_a_program_is_named_after_its_process_or_pool(family: str, container: str, program: str) -> None:
    """A program is named after its process or its worker pool."""
    assert program_name(family, container) == program


def test_each_worker_has_a_heartbeat_and_a_port_of_its_own(tmp_path: Path) -> None:
    """Each worker has its own heartbeat and port, and logs are fetched from the first one."""
    state = State(tmp_path)
    found = {name: environment_here(name, {}, MACHINE, state) for name in ("worker", "worker-spot", "api-server")}

    assert {name: each[PORT] for name, each in found.items()} == {"worker": "2", "worker-spot": "3", "api-server": "2"}
    assert {name: each[HEARTBEAT] for name, each in found.items()} == {
        name: str(tmp_path / "heartbeats" / name) for name in found
    }


def test_the_triggerer_writes_its_logs_where_no_worker_deletes_them(tmp_path: Path) -> None:
    """The triggerer's logs are in a folder that no worker deletes."""
    state = State(tmp_path)
    folders = {
        name: environment_here(name, {}, MACHINE, state).get("AIRFLOW__LOGGING__BASE_LOG_FOLDER")
        for name in ("worker", "api-server", "triggerer")
    }

    assert folders == {"worker": None, "api-server": None, "triggerer": str(tmp_path / "airflow/triggerer-logs")}


def test_files_of_the_image_are_those_of_the_project(tmp_path: Path) -> None:
    """Options with a file of the image name the project's file, except in containers."""
    option, state = "AIRFLOW__FAB__CONFIG_FILE", State(tmp_path)
    variables = {option: "/opt/airflow/plugins/login.py", "AIRFLOW__API__LOG_CONFIG": "/etc/log.yaml"}

    here = environment_here("api-server", variables, MACHINE, state)
    in_container = environment_here("api-server", variables, replace(MACHINE, containers=True), state)

    assert (here[option], in_container[option]) == (str(PROJECT / "plugins/login.py"), variables[option])
    assert here["AIRFLOW__API__LOG_CONFIG"] == "/etc/log.yaml"


@pytest.mark.programs
def test_a_process_finds_no_more_of_the_library_than_the_image_has(tmp_path: Path) -> None:
    """A process can import only the part of the library that the image has."""
    state = State(tmp_path / "state")
    state.make()
    names = ("airflow_fargate", "constructs_lib.shared.capacity", "constructs_lib.settings", "airflow_on_fargate")

    run = subprocess.run(
        command("find_modules", *names),
        env=environment_here("worker", {}, MACHINE, state),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert run.stdout.split() == ["True", "True", "False", "False"]


def test_programs_that_start_later_read_it(tmp_path: Path) -> None:
    """The machine that is read is the one that was written."""
    MACHINE.write(State(tmp_path))

    assert Machine.read(State(tmp_path)) == MACHINE


def test_a_container_sees_edited_dags(tmp_path: Path) -> None:
    """Its DAGs are those of the project, which it cannot change; a process needs no mount."""
    state = State(tmp_path)
    mounts = [
        container_here("worker", {"name": "worker"}, replace(MACHINE, containers=containers), state).get("mountPoints")
        for containers in (True, False)
    ]

    assert mounts == [[{"sourceVolume": "dags", "containerPath": "/opt/airflow/dags", "readOnly": True}], None]


def test_each_program_has_its_own_copies_of_bundles(tmp_path: Path) -> None:
    """A program with DAG bundles has a folder of its own for them, AWS's intervals, and in a container no `dags/`."""
    state, containers = State(tmp_path), replace(MACHINE, containers=True)
    storage = "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH"
    interval = "AIRFLOW__DAG_PROCESSOR__BUNDLE_REFRESH_CHECK_INTERVAL"
    variables = {BUNDLES: "[]", interval: "1", storage: "/opt/airflow/dag_bundles"}

    found = {name: environment_here(name, variables, MACHINE, state) for name in ("worker", "dag-processor")}
    in_container = environment_here("worker", variables, containers, state)
    definition = {"environment": [{"name": name, "value": value} for name, value in variables.items()]}

    assert {name: each[storage] for name, each in found.items()} == {
        name: str(tmp_path / "airflow/dag-bundles" / name) for name in found
    }
    assert in_container[storage] == variables[storage]
    assert in_container[interval] == found["worker"][interval] == "1"
    assert "mountPoints" not in container_here("worker", definition, containers, state)
