import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.airflow_fargate.container import PROJECT, cpu_sec, run
from tests.http_server import http_server

HEALTH = PROJECT / "docker/airflow_fargate/health.py"


@pytest.fixture(name="server")
def _server() -> Iterator[tuple[int, list[int]]]:
    """Return the port of a server, and the list whose last number is the status it answers with."""
    status = [200]

    with http_server(lambda request: (status[-1] if request.path == "/execution/health" else 404, "")) as url:
        yield int(url.rpartition(":")[2]), status


def test_an_api_server_is_healthy_as_long_as_it_answers(server: tuple[int, list[int]]) -> None:
    """The api-server is healthy while it answers 200, and the check prints an error or a missing answer."""
    port, status = server
    healthy = run("-m", "airflow_fargate.health", "api-server", AIRFLOW__API__PORT=str(port))
    status.append(500)
    broken = run("-m", "airflow_fargate.health", "api-server", AIRFLOW__API__PORT=str(port))
    silent = run("-m", "airflow_fargate.health", "api-server", AIRFLOW__API__PORT="1")

    assert (healthy.returncode, healthy.stderr) == (0, "")
    assert broken.returncode == 1
    assert broken.stderr.startswith("api-server answers HTTP/1.0 500")
    assert silent.returncode == 1
    assert silent.stderr.startswith("api-server does not answer")


@pytest.mark.parametrize(("age_sec", "code"), [(0, 0), (150, 0), (200, 1)])
def test_a_process_is_healthy_until_its_heartbeat_is_older_than_a_failover(
    tmp_path: Path, age_sec: int, code: int
) -> None:
    """A process is healthy through a failover of two minutes, and unhealthy when it hangs longer."""
    heartbeat = tmp_path / "heartbeat"
    heartbeat.touch()
    os.utime(heartbeat, (time.time() - age_sec,) * 2)

    checked = run("-m", "airflow_fargate.health", "scheduler", AIRFLOW_FARGATE_HEARTBEAT_FILE=str(heartbeat))

    assert checked.returncode == code


def test_a_process_without_a_heartbeat_has_not_begun(tmp_path: Path) -> None:
    """A process without a heartbeat file is not healthy."""
    checked = run("-m", "airflow_fargate.health", "worker", AIRFLOW_FARGATE_HEARTBEAT_FILE=str(tmp_path / "none"))

    assert checked.returncode == 1
    assert checked.stderr.startswith("worker has not started to work")


def test_a_check_costs_a_small_container_next_to_nothing(server: tuple[int, list[int]], tmp_path: Path) -> None:
    """A health check takes less than 0.1 s of CPU time."""
    heartbeat = tmp_path / "heartbeat"
    heartbeat.touch()

    for process in ("api-server", "worker"):
        variables = {"AIRFLOW__API__PORT": str(server[0]), "AIRFLOW_FARGATE_HEARTBEAT_FILE": str(heartbeat)}
        assert min(cpu_sec("-I", "-S", HEALTH, process, **variables) for _ in range(3)) < 0.1
