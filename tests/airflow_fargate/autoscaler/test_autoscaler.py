"""Promises of what the autoscaler publishes."""

from pathlib import Path

from airflow_on_fargate.local.database import Database
from constructs_lib.shared.worker_starts import READY_SEC
from tests.airflow_fargate import task_instances
from tests.airflow_fargate.autoscaler.running import POOLS, autoscaler, newest, until
from tests.airflow_fargate.autoscaler.worker_cloud import WorkerCloud, worker_cloud
from tests.airflow_fargate.container import called
from tests.airflow_fargate.postgresql import query, variables


def test_each_slot_that_a_task_has_or_waits_for_counts(database: Database) -> None:
    """Queued, running and restarting task instances of the pool's queue count, and others do not."""
    task_instances.add(database, "default", queued=5, running=3, restarting=1)
    task_instances.add(database, "default", scheduled=50, deferred=50, up_for_reschedule=50, up_for_retry=50, none=50)
    task_instances.add(database, "default", success=50, failed=50, awaiting_input=50)
    task_instances.add(database, "large", running=3)
    task_instances.add(database, "unknown", queued=50)

    counted = called("autoscaler.counted", ["default", "large", "idle"], **variables(database))

    assert {queue: instances for queue, (instances, *_) in counted.items()} == {"default": 9, "large": 3, "idle": 0}


def test_a_task_that_has_run_for_long_will_run_on(database: Database) -> None:
    """Queued task instances last, and running ones that have run for as long as a worker takes to start."""
    task_instances.add(database, "default", queued=2, running=3)
    query(database, "UPDATE task_instance SET start_date = now() WHERE state = 'running'")
    task_instances.add(database, "default", restarting=1)
    task_instances.add(database, "large", running=4)
    query(database, "UPDATE task_instance SET start_date = now() - interval '91 s' WHERE queue = 'large'")

    assert called("autoscaler.counted", ["default", "large"], **variables(database)) == {
        "default": [6, 3, 3],
        "large": [4, 4, 0],
    }


def test_workers_that_need_long_until_they_work_are_ordered_earlier() -> None:
    """If tasks often wait for a minute while a worker runs already, the next workers are ordered a minute earlier."""
    idle, waiting, working = [0, 0, 0, 0], [1, 1, 8, 0], [1, 1, 4, 4]

    first, *_, last = called("autoscaler.leads", [*[idle, *[waiting] * 12, working] * 3, idle])

    assert last == first - READY_SEC + 60


def test_the_metric_is_what_is_needed_less_what_there_should_be(
    database: Database, cloud: WorkerCloud, tmp_path: Path
) -> None:
    """The metric is the number of needed workers, within the bounds, minus the desired count; the log says why."""
    container_variables = variables(database) | cloud.container(POOLS)
    with autoscaler(tmp_path, container_variables) as (_, printed):
        until(lambda: newest(cloud) == (0, 2))  # large has a minimum of two
        task_instances.add(database, "default", queued=9)
        until(lambda: newest(cloud) == (3, 2))
        cloud.want(worker_default=3, worker_large=2)
        until(lambda: newest(cloud) == (0, 0))
        task_instances.add(database, "default", queued=1000)
        task_instances.add(database, "large", queued=1000)
        until(lambda: newest(cloud) == (7, 3))  # maximums of ten and five
        cloud.want(worker_default=10, worker_large=5)
        task_instances.remove(database)
        until(lambda: newest(cloud) == (-10, -3))

    lines = {line.partition("default: ")[2] for line in printed.read_text().splitlines()}
    assert lines >= {
        "0 workers desired, 3 missing: 9 queued and running task instances need 3",
        "3 workers desired, as many as needed: 9 queued and running task instances need 3",
        "3 workers desired, 7 missing: 1009 queued and running task instances need 253, the maximum is 10",
        "10 workers desired, 10 too many: 0 queued and running task instances need 0",
    }
    minimum = "large: 0 workers desired, 2 missing: 0 queued and running task instances need 0, the minimum is 2"
    assert printed.read_text().count(minimum) == 1


def test_two_beside_two_schedulers_publish_the_same_number(
    database: Database, cloud: WorkerCloud, tmp_path: Path
) -> None:
    """Two autoscalers publish the same number, and the alarm takes the maximum of a period."""
    task_instances.add(database, "default", queued=9)
    container_variables = variables(database) | cloud.container(POOLS)
    (tmp_path / "other").mkdir()
    with autoscaler(tmp_path, container_variables), autoscaler(tmp_path / "other", container_variables):
        until(lambda: len(cloud.published("worker-default")) > 1)

    assert set(cloud.published("worker-default")) == {3}


def test_a_service_that_is_not_there_is_left_out(database: Database, cloud: WorkerCloud, tmp_path: Path) -> None:
    """A service that does not exist yet is skipped, and the others scale."""
    cloud.remove("worker-large")
    with autoscaler(tmp_path, variables(database) | cloud.container(POOLS)):
        until(lambda: cloud.published("worker-default") == [0])

    assert cloud.published("worker-large") == []


def test_any_number_of_pools_is_looked_at(database: Database, tmp_path: Path) -> None:
    """More services than the ten of one call are described."""
    pools = {f"p{number}": POOLS["large"] | {"service": f"worker-p{number}"} for number in range(23)}
    services = [str(pool["service"]) for pool in pools.values()]
    with worker_cloud(*services) as cloud, autoscaler(tmp_path, variables(database) | cloud.container(pools)):
        until(lambda: all(cloud.published(service) for service in services))
