"""Promises of the table of processes."""

import ast
import runpy
from pathlib import Path
from typing import get_args

import pytest

from constructs_lib.settings.processes import AIRFLOW_HOME, API_PORT, MIGRATE, PROCESSES, WORKER, Process, health_check
from constructs_lib.settings.settings import ProcessName
from constructs_lib.settings.task_folder import RESERVED
from constructs_lib.shared.capacity import check_fargate_size

PROJECT = Path(__file__).parents[2]

each_process = pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.name)


@each_process
def test_a_process_alone_has_a_size_that_fargate_offers(process: Process) -> None:
    """The size of each process in the table is one of Fargate's."""
    check_fargate_size(process.cpu, process.memory_mib)


@each_process
def test_a_task_of_its_own_is_not_smaller_than_the_share_of_a_common_task(process: Process) -> None:
    """A process alone in its task gets no less than its minimum in a shared one."""
    assert process.cpu >= process.min_cpu
    assert process.memory_mib >= process.min_memory_mib


def test_all_processes_fit_into_the_smallest_compact_task() -> None:
    """All processes fit into the smallest compact task."""
    assert sum(process.min_cpu for process in PROCESSES) <= 1024
    assert sum(process.min_memory_mib for process in PROCESSES) <= 4096


def test_nothing_in_the_table_is_there_twice() -> None:
    """Processes in one task have different names, ids and ports."""
    ports = [port for process in PROCESSES for port in (process.port, process.log_port) if port]
    names = [process.name for process in PROCESSES]

    assert len(set(ports)) == len(ports)
    assert len({MIGRATE.name, *names}) == 1 + len(names)
    assert len({process.id for process in PROCESSES}) == len(names)


@each_process
def test_a_health_check_stays_within_what_ecs_allows(process: Process) -> None:
    """A health check is within ECS's ranges."""
    check = health_check(process)

    assert 5 <= check["interval"] <= 300
    assert 2 <= check["timeout"] <= 60
    assert 1 <= check["retries"] <= 10
    assert 0 <= check["startPeriod"] <= 300
    assert 2 <= process.stop_timeout_sec <= 120


def test_a_user_may_set_up_each_process() -> None:
    """`processes` takes the name of each row, and no folder of tasks/ may have it."""
    names = {process.name for process in PROCESSES}

    assert set(get_args(ProcessName)) == names
    assert {MIGRATE.name, *names} <= RESERVED


def test_a_worker_has_all_the_time_that_fargate_allows() -> None:
    """A worker has Fargate's maximum stop timeout."""
    assert WORKER.stop_timeout_sec == 120


@each_process
def test_ecs_notices_within_two_minutes_that_a_process_has_failed(process: Process) -> None:
    """ECS notices a failed process within two minutes, and one failed check replaces nothing."""
    check = health_check(process)

    assert check["retries"] > 1
    assert check["timeout"] < check["interval"]
    assert check["interval"] * check["retries"] + check["timeout"] <= 120


def test_a_health_check_runs_a_file_of_the_image_without_site_packages() -> None:
    """A health check runs the image's script without site packages, with the name of its process."""
    command = health_check(PROCESSES[0])["command"]
    dockerfile = (PROJECT / "docker/Dockerfile").read_text(encoding="utf-8")

    assert command == ["CMD", "python", "-I", "-S", "/opt/airflow/lib/airflow_fargate/health.py", "api-server"]
    assert f"AIRFLOW_HOME={AIRFLOW_HOME} " in dockerfile
    assert '/project/docker/airflow_fargate "$AIRFLOW_HOME/lib/airflow_fargate"' in dockerfile


def test_the_health_check_asks_the_api_server_at_its_port(monkeypatch: pytest.MonkeyPatch) -> None:
    """The health check's port of the api-server is that of the table."""
    monkeypatch.delenv("AIRFLOW__API__PORT", raising=False)

    assert runpy.run_path(str(PROJECT / "docker/airflow_fargate/health.py"))["API_SERVER_PORT"] == API_PORT


def test_the_health_check_imports_nothing_but_the_standard_library() -> None:
    """The health check imports only the standard library."""
    tree = ast.parse((PROJECT / "docker/airflow_fargate/health.py").read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}

    assert imported == {"os", "socket", "sys", "time"}
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]


def test_only_api_server_and_scheduler_are_missed_when_interrupted() -> None:
    """Only api-server and scheduler need `accept_interruption` on Spot."""
    assert [process.name for process in PROCESSES if not process.interruptible] == ["api-server", "scheduler"]
