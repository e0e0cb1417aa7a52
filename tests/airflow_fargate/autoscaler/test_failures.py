"""Promises of an autoscaler whose database or AWS does not answer, and of its end."""

import signal
import socket
import time
from pathlib import Path

import pytest

from airflow_on_fargate.local.database import Database
from airflow_on_fargate.local.ports import free_port
from tests.airflow_fargate import task_instances
from tests.airflow_fargate.autoscaler.running import POOLS, autoscaler, newest, until
from tests.airflow_fargate.autoscaler.worker_cloud import WorkerCloud
from tests.airflow_fargate.container import started
from tests.airflow_fargate.postgresql import query, variables


def test_one_connection_is_kept_and_opened_again_when_it_breaks(
    database: Database, cloud: WorkerCloud, tmp_path: Path
) -> None:
    """The connection is reused, and opened again with one warning when it breaks."""
    connections = "SELECT pid FROM pg_stat_activity WHERE application_name = 'autoscaler'"
    with autoscaler(tmp_path, variables(database) | cloud.container(POOLS)) as (_, printed):
        until(lambda: newest(cloud) == (0, 2))
        [first] = query(database, connections)
        time.sleep(1)
        assert query(database, connections) == [first]
        query(database, "SELECT pg_terminate_backend(%s)", *first)
        task_instances.add(database, "default", queued=1)
        until(lambda: newest(cloud) == (1, 2))

    text = printed.read_text()
    assert text.count("terminating connection") == 1
    assert text.count("Database and AWS answer again") == 1
    assert "Traceback" not in text


def test_aws_out_of_reach_does_not_end_it(database: Database, cloud: WorkerCloud, tmp_path: Path) -> None:
    """The autoscaler stays healthy while AWS does not answer, and logs that once."""
    container_variables = (
        variables(database) | cloud.container(POOLS) | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{free_port()}"}
    )
    with autoscaler(tmp_path, container_variables) as (process, printed):
        until(lambda: "Could not connect to the endpoint URL" in printed.read_text())
        (tmp_path / "heartbeat").unlink()
        until((tmp_path / "heartbeat").exists)
        assert process.poll() is None

    assert printed.read_text().count("Could not connect") == 1
    assert "Traceback" not in printed.read_text()


def test_what_aws_refuses_does_not_end_it(database: Database, cloud: WorkerCloud, tmp_path: Path) -> None:
    """The autoscaler survives a denied call and a missing cluster, and logs each once."""
    container_variables = variables(database) | cloud.container(POOLS) | {"AIRFLOW_FARGATE_CLUSTER": "gone"}
    with autoscaler(tmp_path, container_variables) as (process, printed):
        until(lambda: "Cluster not found" in printed.read_text())
        time.sleep(1)
        assert process.poll() is None

    assert printed.read_text().count("Cluster not found") == 1


@pytest.mark.parametrize("answers", [True, False], ids=["a database", "a database that does not answer"])
def test_sigterm_ends_it_at_once(database: Database, cloud: WorkerCloud, tmp_path: Path, *, answers: bool) -> None:
    """SIGTERM ends the autoscaler at once with exit code 0, also during a call."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        container_variables = variables(database) | cloud.container(POOLS)
        if not answers:
            container_variables["DB_PORT"] = str(silent.getsockname()[1])
        with autoscaler(tmp_path, container_variables) as (process, _):
            until((tmp_path / "heartbeat").exists)
            time.sleep(0.5)
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=2) == 0


def test_a_call_of_the_database_is_bounded() -> None:
    """A query that the database does not answer fails within the time limit."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        database = {"DB_HOST": "127.0.0.1", "DB_PORT": str(silent.getsockname()[1]), "DB_NAME": "a"}
        ended = started("autoscaler.count_without_an_answer", **database, DB_USER="a", DB_PASSWORD="b")

    assert ended.stderr.endswith("OperationalError: the database has not answered for 0.5 s\n")
