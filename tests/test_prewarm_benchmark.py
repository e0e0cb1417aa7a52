"""Promises of the benchmark of workers before scheduled runs."""

import itertools
import json
import runpy
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from typing_extensions import override

from airflow_on_fargate.local.launch import Agent
from airflow_on_fargate.local.state import State
from airflow_on_fargate.simulator.clock import Clock
from benchmarks.prewarm.clock import RealClock
from benchmarks.prewarm.page import is_good, page
from benchmarks.prewarm.pairs import BURSTS, PAIRS, marks, write_bursts
from benchmarks.prewarm.scaling import Published, follow
from benchmarks.prewarm.workers import START_SEC, Launcher, Service, Worker, worker_hours
from tests.airflow_fargate.autoscaler.running import POOLS
from tests.airflow_fargate.autoscaler.worker_cloud import REGION, worker_cloud
from tests.airflow_fargate.container import called
from tests.airflow_on_fargate.simulator.pools import POOL

PROJECT = Path(__file__).parents[1]
ROUND = {"due": "2026-11-29T09:00:00+00:00", "ahead": [1.0, 2.0, 6.0], "reactive": [78.0, 79.0, 80.0]}
RESULT = {"rounds": [ROUND], "not_empty": 0, "worker_hours": {"ahead": 0.11, "reactive": 0.1}, "load": 1.5}


class Processes(Launcher):
    """Starts processes that wait; those in `busy` are protected, and those in `deaf` ignore SIGTERM."""

    def __init__(self) -> None:
        super().__init__(Agent(state=State(Path()), endpoint="", region=REGION, containers=False))
        self.busy: set[str] = set()
        self.deaf: set[str] = set()

    @override
    def start(self, family: str, name: str) -> "subprocess.Popen[bytes]":
        """Start one."""
        ignore = ["trap '' TERM;"] if name in self.deaf else []
        command = " ".join([*ignore, "echo ready; while true; do sleep 0.05; done"])
        process = subprocess.Popen(["/bin/sh", "-c", command], stdout=subprocess.PIPE, start_new_session=True)
        assert process.stdout
        process.stdout.readline()
        return process

    @override
    def is_protected(self, name: str) -> bool:
        """Whether it is busy."""
        return name in self.busy


@pytest.fixture(name="service")
def _service() -> Iterator[Service]:
    """Return the service of a pool, whose processes end with the test."""
    service = Service("worker-default", "airflow-dev-worker-default", 10, Clock(), Processes())
    yield service
    service.launcher.kill_all(iter(service.workers))


def wait(service: Service, seconds: float) -> None:
    """Let so many *seconds* of the service's clock pass, and look."""
    end = service.clock.now + seconds
    service.clock.after(seconds, lambda: None)
    service.clock.run(lambda when: when > end)
    service.look()


def counts(service: Service) -> tuple[int, ...]:
    """Return the desired, the running and the pending count."""
    return tuple(service.counts[f"{name}_count"] for name in ("desired", "running", "pending"))


def launcher(service: Service) -> Processes:
    """Return the launcher of the test."""
    assert isinstance(service.launcher, Processes)
    return service.launcher


def end(worker: Worker) -> None:
    """Wait until the process has ended."""
    assert worker.process
    worker.process.wait(timeout=10)


def test_a_worker_starts_some_time_after_its_order(service: Service) -> None:
    """A worker is pending for the start time, and then runs."""
    service.set_desired(2)
    wait(service, START_SEC - 1)
    assert counts(service) == (2, 0, 2)
    wait(service, 1)
    assert counts(service) == (2, 2, 0)


def test_a_scale_in_stops_no_protected_worker(service: Service) -> None:
    """A protected worker runs until its protection ends, and then gets SIGTERM."""
    service.set_desired(2)
    wait(service, START_SEC)
    launcher(service).busy = {"worker-default-0", "worker-default-1"}
    service.set_desired(0)
    assert counts(service) == (0, 2, 0)
    launcher(service).busy = {"worker-default-0"}
    wait(service, 1)
    assert counts(service) == (0, 1, 0)
    end(service.workers[1])
    wait(service, 1)

    assert [worker.ended_sec for worker in service.workers] == [None, START_SEC + 2]


def test_a_pending_worker_is_stopped_first(service: Service) -> None:
    """A scale-in stops the newest worker first, and a stopped pending one never starts."""
    service.set_desired(1)
    wait(service, START_SEC)
    service.set_desired(2)
    service.set_desired(1)
    wait(service, 2 * START_SEC)

    assert counts(service) == (1, 1, 0)
    assert service.workers[1].process is None


def test_a_worker_that_ends_is_replaced(service: Service) -> None:
    """For a worker that ends by itself, another one is ordered."""
    service.set_desired(1)
    wait(service, START_SEC)
    process = service.workers[0].process
    assert process
    process.kill()
    end(service.workers[0])
    wait(service, 1)

    assert counts(service) == (1, 0, 1)


def test_a_worker_that_does_not_end_is_killed(service: Service) -> None:
    """SIGKILL follows SIGTERM after the stop timeout."""
    launcher(service).deaf = {"worker-default-0"}
    service.set_desired(1)
    wait(service, START_SEC)
    service.set_desired(0)
    wait(service, 9)
    assert service.workers[0].process
    assert service.workers[0].process.poll() is None
    wait(service, 2)
    end(service.workers[0])


def test_worker_hours_count_from_the_order_within_the_period() -> None:
    """A worker costs from its order to its exit, or to the end of the period."""
    workers = [Worker("a", 0, ended_sec=1800), Worker("b", 3600), Worker("c", 9000), Worker("d", 100, ended_sec=200)]

    assert worker_hours(iter(workers), 900, 7200) == pytest.approx(0.25 + 1)


@pytest.mark.bindings
@pytest.mark.airflow
def test_the_published_number_changes_the_count(service: Service) -> None:
    """What the real autoscaler publishes changes the count by the pool's policies, once for each publication."""
    with worker_cloud() as cloud:
        environment = cloud.container(POOLS)
        cloudwatch = boto3.client(
            "cloudwatch",
            endpoint_url=environment["AWS_ENDPOINT_URL"],
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        published = Published(cloudwatch, cluster=cloud.cluster)
        published.add(service.name, follow(service, POOL))
        called("autoscaler.asked_of_aws", "publish", {service.name: 3}, {}, **environment)
        published.read()
        published.read()
        wait(service, 40)

    assert service.desired == 3


def test_the_marks_of_all_pairs_come_in_order() -> None:
    """Each pair has a run in each cycle of ten minutes, and the next mark is after the asked time."""
    found = list(itertools.islice(marks(datetime(2026, 11, 29, 23, 52, tzinfo=UTC)), 6))

    assert [(f"{due:%d %H:%M}", pair.letter) for due, pair in found] == [
        *(("29 23:55", "c"), ("29 23:57", "d"), ("30 00:00", "a")),
        *(("30 00:02", "b"), ("30 00:05", "c"), ("30 00:07", "d")),
    ]


def test_each_pair_has_two_pools_and_two_dags(tmp_path: Path) -> None:
    """The pools of the stage are those of the pairs, each with a DAG; one of both is prewarmed and has a history."""
    write_bursts(tmp_path, datetime(2026, 11, 29, 23, 52, tzinfo=UTC))
    bursts: dict[str, dict[str, Any]] = json.loads((tmp_path / BURSTS).read_text())
    [stage] = runpy.run_path(str(PROJECT / "benchmarks/prewarm/prewarm_stages.py"))["STAGES"]

    ahead, reactive = [pair.ahead for pair in PAIRS], [pair.reactive for pair in PAIRS]
    assert {name for name, pool in stage.worker_pools.items() if pool.prewarms} == set(ahead)
    assert {name for name, burst in bursts.items() if burst["catchup"]} == set(ahead)
    assert {*ahead, *reactive} == set(bursts) == set(stage.worker_pools)
    assert bursts["ahead-b"]["schedule"] == "2-59/10 * * * *"


def test_the_clock_follows_real_time() -> None:
    """An event takes place when its second has come, not before."""
    clock, events = RealClock(), list[float]()
    clock.after(0.3, lambda: events.append(clock.now))
    clock.advance()
    assert events == []
    while not events:
        clock.wait()

    assert events[0] >= 0.3
    assert clock.now >= 0.3


def test_a_wait_over_the_limit_is_not_good() -> None:
    """The p50 of the waits with workers ahead is at most five seconds; reactive waits have no limit."""
    assert is_good(RESULT)
    assert not is_good({**RESULT, "rounds": [{**ROUND, "ahead": [4.0, 5.1, 5.2]}]})


def test_the_page_has_what_was_measured_and_what_was_not() -> None:
    """A mode that was not measured has no figures, and rounds that did not count are named."""
    written = page({"containers": {**RESULT, "not_empty": 2}}, "a machine")

    assert "| `prewarm=True` | 3 | 2.0 s | 6.0 s | 6.0 s | p50 5 s | 0.11 |" in written
    assert "| `prewarm=False` | 3 | 79.0 s | 80.0 s | 80.0 s | - | 0.10 |" in written
    assert "2 more do not count" in written
    assert written.index("Not measured.") < written.index("## In containers")
    assert written.count("Not measured.") == 1


@pytest.mark.programs
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["everything"], "error: MODE must be one of processes, containers, got 'everything'\n"),
        (["--runs", "0"], "error: --runs must be a number from 1 to 1000, got 0\n"),
    ],
)
def test_a_bad_argument_is_refused(arguments: list[str], sentence: str) -> None:
    """A bad argument is refused before anything is started."""
    asked = subprocess.run(
        [sys.executable, "-m", "benchmarks.prewarm", *arguments],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (asked.returncode, asked.stderr) == (1, sentence)
