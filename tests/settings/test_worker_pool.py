"""Promises of a worker pool's settings, and of the worker that they make."""

from typing import Any

import pytest
from pydantic import ValidationError

from constructs_lib.settings.capacity import TaskSize
from constructs_lib.settings.processes import WORKER, worker_memory_mib, worker_process
from constructs_lib.settings.worker_pool import WorkerPool, wrong_names


def test_the_default_is_a_small_pool_that_can_be_empty() -> None:
    """A default pool can be empty, and its worker has as many slots as the compact task's."""
    pool = WorkerPool()

    assert (pool.min, pool.max, pool.slots, pool.capacity, pool.architecture) == (0, 10, 4, "FARGATE", None)
    assert pool.size == TaskSize(cpu=1024, memory_mib=2048)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"min": -1}, "greater than or equal to 0"),
        ({"min": 11}, "min must not be higher than max, 10, got 11"),
        ({"max": 1001}, "less than or equal to 1000"),
        ({"slots": 22}, "slots need more than size.memory_mib, 2048: .*, 2060 MiB for 22; reduce slots"),
        ({"architecture": "arm64"}, "'ARM64' or 'X86_64'"),
        ({"scale_in_cooldown_sec": 3601}, "less than or equal to 3600"),
        ({"scale_out_cooldown_sec": -1}, "greater than or equal to 0"),
        ({"prewarm": "soon"}, "valid boolean"),
        ({"prewarm_max": 0}, "greater than or equal to 1"),
        ({"prewarm_max": 11}, "prewarm_max must not be higher than max, 10, got 11"),
        ({"prewarm": False, "prewarm_max": 3}, "needs prewarm=True, got 3 with prewarm=False; set prewarm=True"),
        (
            {"min": 1, "prewarm_max": 3},
            "got 3 with min=1, whose default is prewarm=False; set",
        ),
        ({"count": 1}, "Extra inputs"),
    ],
)
def test_a_wrong_value_is_refused(values: dict[str, Any], expected: str) -> None:
    """A wrong value of each key is refused."""
    with pytest.raises(ValidationError, match=expected):
        WorkerPool(**values)


@pytest.mark.parametrize(
    ("values", "prewarms"),
    [({}, True), ({"min": 1}, False), ({"min": 1, "prewarm": True}, True), ({"prewarm": False}, False)],
)
def test_workers_come_before_the_work_where_there_are_none(values: dict[str, Any], prewarms: bool) -> None:
    """A pool that can be empty starts workers before scheduled runs, and another one if it is set."""
    assert WorkerPool(**values).prewarms is prewarms


@pytest.mark.parametrize(("memory", "slots"), [(512, 2), (2048, 21), (16384, 80)])
def test_as_many_slots_are_taken_as_fit(memory: int, slots: int) -> None:
    """As many slots as fit into the memory are accepted."""
    cpu = 256 if memory == 512 else 1024 if memory == 2048 else 2048
    size = TaskSize(cpu=cpu, memory_mib=memory)

    assert worker_memory_mib(WorkerPool(size=size, slots=slots).slots) <= memory


def test_a_worker_serves_one_queue() -> None:
    """A worker's command has its queue, and its memory fits its slots."""
    few, many = worker_process("spot", 1), worker_process("high_memory", 40)

    assert few.command == ("airflow", "celery", "worker", "--queues", "spot")
    assert (few.min_memory_mib, many.min_memory_mib) == (WORKER.min_memory_mib, 3500)
    assert (few.name, few.log_port, few.stop_timeout_sec) == (WORKER.name, WORKER.log_port, WORKER.stop_timeout_sec)


def test_names_are_those_that_aws_takes() -> None:
    """The longest allowed name of a pool makes a role's name of 64 characters."""
    longest = "a" * 35

    assert len(f"airflow-dev-worker-{longest}-execution") == 64
    assert list(wrong_names([longest, "spot"], "dev")) == []
    assert len(list(wrong_names([longest + "a"], "dev"))) == len(list(wrong_names([longest], "prod"))) == 1
