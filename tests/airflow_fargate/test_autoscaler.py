"""Promises of the autoscaler, on a real PostgreSQL with Airflow's own tables, and with moto for AWS."""

import importlib.util
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from constructs_lib.airflow_environment import environment
from local.database import Database
from local.ports import free_port
from tests.airflow_fargate import task_instances
from tests.airflow_fargate.container import environment_with, last_json, run
from tests.airflow_fargate.postgresql import query, variables
from tests.airflow_fargate.worker_cloud import WorkerCloud, worker_cloud
from tests.requirements_of_machine import require
from tests.test_airflow_environment import GIVEN

POOLS = {
    "default": {"service": "worker-default", "slots": 4, "least": 0, "most": 10},
    "large": {"service": "worker-large", "slots": 1, "least": 2, "most": 5},
}
LOOP = """
import airflow_fargate.__main__ as entrypoint, airflow_fargate.autoscaler as autoscaler
autoscaler.ROUND_SEC = 0.1
entrypoint.main(["autoscaler"])
"""
LIMIT_SEC = 20


@pytest.fixture(name="airflow", scope="module")
def _airflow(server: Database, tmp_path_factory: pytest.TempPathFactory) -> Database:
    """Return a database with Airflow's tables."""
    require("Airflow", present=importlib.util.find_spec("airflow") is not None)
    given = {key: value for key, value in environment("migrate", GIVEN).items() if "AUTH_MANAGER" in key}
    given |= {"AIRFLOW_HOME": str(tmp_path_factory.mktemp("home"))}
    migrated = run("-m", "airflow_fargate", "migrate", **variables(server), **given)
    assert migrated.returncode == 0, migrated.stdout + migrated.stderr
    return server


@pytest.fixture(name="database")
def _database(airflow: Database) -> Database:
    """Return that database without task instances."""
    task_instances.remove(airflow)
    return airflow


@pytest.fixture(name="cloud")
def _cloud() -> Iterator[WorkerCloud]:
    with worker_cloud("worker-default", "worker-large") as cloud:
        yield cloud


@contextmanager
def autoscaler(folder: Path, given: Mapping[str, str]) -> Iterator[tuple["subprocess.Popen[bytes]", Path]]:
    """Run one with quick rounds; what it says goes to the file."""
    said = folder / "said"
    given = {**given, "AIRFLOW_FARGATE_HEARTBEAT_FILE": str(folder / "heartbeat")}
    with (
        said.open("w") as file,
        subprocess.Popen(
            [sys.executable, "-c", LOOP], env=environment_with(given), stderr=file, stdout=file
        ) as process,
    ):
        try:
            yield process, said
        finally:
            process.kill()


def until(done: Callable[[], bool]) -> None:
    """Wait for *done*."""
    end = time.monotonic() + LIMIT_SEC
    while not done():
        assert time.monotonic() < end
        time.sleep(0.05)


def newest(cloud: WorkerCloud) -> tuple[float, ...]:
    """Return what was published last for both pools."""
    return tuple(number for service in ("worker-default", "worker-large") for number in cloud.published(service)[:1])


def test_each_slot_that_a_task_has_or_waits_for_counts(database: Database) -> None:
    """Queued, running, restarting: in the pool's queue, whatever waits for something else and whoever has finished."""
    task_instances.add(database, "default", queued=5, running=3, restarting=1)
    task_instances.add(database, "default", scheduled=50, deferred=50, up_for_reschedule=50, up_for_retry=50, none=50)
    task_instances.add(database, "default", success=50, failed=50, awaiting_input=50)
    task_instances.add(database, "large", running=3)
    task_instances.add(database, "unknown", queued=50)
    count = "print(json.dumps(Work().count(['default', 'large', 'idle'])))"

    counted = last_json(
        run("-c", f"import json; from airflow_fargate.work import Work; {count}", **variables(database))
    )

    assert counted == {"default": 9, "large": 3, "idle": 0}


def test_the_metric_is_what_is_needed_less_what_there_should_be(
    database: Database, cloud: WorkerCloud, tmp_path: Path
) -> None:
    """Rounded up to whole workers, within the pool's bounds, and below zero where there are too many."""
    given = variables(database) | cloud.container(POOLS)
    with autoscaler(tmp_path, given):
        until(lambda: newest(cloud) == (0, 2))  # large has two at least
        task_instances.add(database, "default", queued=9)
        until(lambda: newest(cloud) == (3, 2))
        cloud.want(worker_default=3, worker_large=2)
        until(lambda: newest(cloud) == (0, 0))
        task_instances.add(database, "default", queued=1000)
        task_instances.add(database, "large", queued=1000)
        until(lambda: newest(cloud) == (7, 3))  # ten and five at most
        cloud.want(worker_default=10, worker_large=5)
        task_instances.remove(database)
        until(lambda: newest(cloud) == (-10, -3))


def test_two_beside_two_schedulers_publish_the_same_number(
    database: Database, cloud: WorkerCloud, tmp_path: Path
) -> None:
    """The alarm takes the largest of a period, and neither adds to the other."""
    task_instances.add(database, "default", queued=9)
    given = variables(database) | cloud.container(POOLS)
    (tmp_path / "other").mkdir()
    with autoscaler(tmp_path, given), autoscaler(tmp_path / "other", given):
        until(lambda: len(cloud.published("worker-default")) > 1)

    assert set(cloud.published("worker-default")) == {3}


def test_a_service_that_is_not_there_is_left_out(database: Database, cloud: WorkerCloud, tmp_path: Path) -> None:
    """At the first deployment the scheduler starts before some workers' services; the others scale all the same."""
    cloud.remove("worker-large")
    with autoscaler(tmp_path, variables(database) | cloud.container(POOLS)):
        until(lambda: cloud.published("worker-default") == [0])

    assert cloud.published("worker-large") == []


def test_any_number_of_pools_is_looked_at(database: Database, tmp_path: Path) -> None:
    """ECS describes ten services at a time."""
    pools = {f"p{number}": POOLS["large"] | {"service": f"worker-p{number}"} for number in range(23)}
    services = [str(pool["service"]) for pool in pools.values()]
    with worker_cloud(*services) as cloud, autoscaler(tmp_path, variables(database) | cloud.container(pools)):
        until(lambda: all(cloud.published(service) for service in services))


def test_one_connection_is_kept_and_opened_again_when_it_breaks(
    database: Database, cloud: WorkerCloud, tmp_path: Path
) -> None:
    """A database that restarts costs one round; the sentence about it comes once."""
    connections = "SELECT pid FROM pg_stat_activity WHERE application_name = 'autoscaler'"
    with autoscaler(tmp_path, variables(database) | cloud.container(POOLS)) as (_, said):
        until(lambda: newest(cloud) == (0, 2))
        [first] = query(database, connections)
        time.sleep(1)
        assert query(database, connections) == [first]
        query(database, "SELECT pg_terminate_backend(%s)", *first)
        task_instances.add(database, "default", queued=1)
        until(lambda: newest(cloud) == (1, 2))

    text = said.read_text()
    assert text.count("terminating connection") == 1
    assert text.count("Database and AWS answer again") == 1
    assert "Traceback" not in text


def test_aws_out_of_reach_does_not_end_it(database: Database, cloud: WorkerCloud, tmp_path: Path) -> None:
    """It says so once, and stays healthy."""
    given = variables(database) | cloud.container(POOLS) | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{free_port()}"}
    with autoscaler(tmp_path, given) as (process, said):
        until(lambda: "Could not connect to the endpoint URL" in said.read_text())
        (tmp_path / "heartbeat").unlink()
        until((tmp_path / "heartbeat").exists)
        assert process.poll() is None

    assert said.read_text().count("Could not connect") == 1
    assert "Traceback" not in said.read_text()


def test_what_aws_refuses_does_not_end_it(database: Database, cloud: WorkerCloud, tmp_path: Path) -> None:
    """Neither a role without the permission nor a cluster that is gone; that is said once."""
    given = variables(database) | cloud.container(POOLS) | {"AIRFLOW_FARGATE_CLUSTER": "gone"}
    with autoscaler(tmp_path, given) as (process, said):
        until(lambda: "Cluster not found" in said.read_text())
        time.sleep(1)
        assert process.poll() is None

    assert said.read_text().count("Cluster not found") == 1


@pytest.mark.parametrize("answers", [True, False], ids=["a database", "a database that does not answer"])
def test_sigterm_ends_it_at_once(database: Database, cloud: WorkerCloud, tmp_path: Path, *, answers: bool) -> None:
    """With exit code 0, also in the middle of a call."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        given = variables(database) | cloud.container(POOLS)
        if not answers:
            given["DB_PORT"] = str(silent.getsockname()[1])
        with autoscaler(tmp_path, given) as (process, _):
            until((tmp_path / "heartbeat").exists)
            time.sleep(0.5)
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=2) == 0


def test_a_database_that_does_not_answer_is_given_up() -> None:
    """A call is bounded, also where TCP itself would wait for minutes."""
    script = "import airflow_fargate.work as work; work.LIMIT_SEC = 0.5; work.Work().count(['default'])"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        database = {"DB_HOST": "127.0.0.1", "DB_PORT": str(silent.getsockname()[1]), "DB_NAME": "a"}
        ended = run("-c", script, **database, DB_USER="a", DB_PASSWORD="b")

    assert ended.stderr.endswith("OperationalError: the database has not answered for 0.5 s\n")


def test_zeros_are_published_seldom_and_all_else_in_each_round() -> None:
    """AWS charges each call; a change, to zero as well, is told at once, and an alarm's period is never without."""
    script = """
import json
import airflow_fargate.autoscaler as module
from airflow_fargate.worker_pool import WorkerPool
class Work:
    def count(self, queues): return {"default": instances}
class Services:
    def desired_counts(self, services): return {"worker-default": 1}
    def publish(self, missing): published.append([now, missing["worker-default"]])
published, now = [], 1000
module.time.monotonic = lambda: now
pool = WorkerPool(service="worker-default", slots=4, least=0, most=10)
autoscaler = module.Autoscaler({"default": pool}, Work(), Services())
for instances in [4] * 9 + [8] * 3 + [4] * 3:
    autoscaler.look()
    now += 5
print(json.dumps(published))
"""

    published = last_json(run("-c", script))

    # 0 at first and after 30 s, 1 in each round, then 0 at once.
    assert published == [[1000, 0], [1030, 0], [1045, 1], [1050, 1], [1055, 1], [1060, 0]]


def test_a_round_costs_next_to_nothing(database: Database, cloud: WorkerCloud) -> None:
    """Less than 10 ms of CPU time, and the process 100 MB, without Airflow: it lives beside a scheduler."""
    script = """
import json, os, resource, sys
from airflow_fargate.autoscaler import Autoscaler, worker_pools
from airflow_fargate.work import Work
from airflow_fargate.worker_services import WorkerServices
autoscaler = Autoscaler(worker_pools(os.environ), Work(), WorkerServices())
def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
autoscaler.look()
before = cpu()
for _ in range(100):
    autoscaler.look()
[kib] = [line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")]
print(json.dumps({"cpu": (cpu() - before) / 100, "kib": int(kib), "airflow": "airflow" in sys.modules}))
"""
    cloud.want(worker_default=1)  # so that each round publishes

    used = last_json(run("-c", script, **variables(database), **cloud.container(POOLS)))

    assert used["cpu"] < 0.01
    assert used["kib"] < 100_000
    assert not used["airflow"]


def test_the_database_finds_them_by_an_index(database: Database) -> None:
    """A million finished task instances cost nothing: the query reads those that are queued or run."""
    task_instances.add(database, "default", success=20_000, running=20)
    query(database, "ANALYZE task_instance")

    plan = query(
        database,
        "EXPLAIN SELECT queue, count(*) FROM task_instance"
        " WHERE state IN ('queued', 'running', 'restarting') AND queue IN ('default') GROUP BY queue",
    )

    assert any("ti_state" in line for (line,) in plan), plan
