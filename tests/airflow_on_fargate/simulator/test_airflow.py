"""Promises of the simulated scheduler."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pytest
from typing_extensions import override

from airflow_on_fargate.simulator.airflow import Limits, Scheduler
from airflow_on_fargate.simulator.broker import Broker
from airflow_on_fargate.simulator.clock import Clock
from airflow_on_fargate.simulator.task_instance import TaskInstance, Work

WIDE = Limits(parallelism=1000, max_active_tasks_per_dag=1000, default_pool_slots=1000)
READY = Work(ready_sec=0, run_sec=1)


class Queue(Broker):
    """A queue without consumers that keeps its messages."""

    def __init__(self) -> None:
        super().__init__(Random(1))
        self.sent: list[tuple[float, Work]] = []
        self.clock = Clock()

    @override
    def send(self, instance: TaskInstance) -> None:
        """Keep when it came."""
        self.sent.append((self.clock.now, instance.work))


def queued(limits: Limits, work: Sequence[Work], *, until: float = 100) -> tuple[list[tuple[float, Work]], Scheduler]:
    """Return what was queued up to a second, and the scheduler."""
    queue = Queue()
    scheduler = Scheduler(queue.clock, Random(1), queue, limits=limits, work=work)
    queue.clock.run(lambda when: when > until)
    return queue.sent, scheduler


def works(count: int, *, kind: Work = READY) -> list[Work]:
    """Return so much work of a *kind*, which is ready at once."""
    return [replace(kind) for _ in range(count)]


def test_it_queues_at_its_rate() -> None:
    """One scheduler queues seven task instances a second, and two queue twice as many."""
    sent, _ = queued(WIDE, works(200))
    twice, _ = queued(replace(WIDE, schedulers=2), works(200))

    assert sent[-1][0] == pytest.approx(28, abs=3)
    assert twice[-1][0] == pytest.approx(14, abs=3)


def test_what_is_ready_is_queued_within_two_seconds() -> None:
    """A ready task instance is queued within two seconds."""
    sent, _ = queued(WIDE, [Work(ready_sec=second, run_sec=1) for second in (10, 40.5, 70.9)])

    assert all(0 <= when - work.ready_sec <= 2 for when, work in sent)
    assert len(sent) == 3


@pytest.mark.parametrize(
    ("limits", "kind", "maximum"),
    [
        (replace(WIDE, parallelism=12), READY, 12),
        (replace(WIDE, parallelism=12, schedulers=2), READY, 24),
        (replace(WIDE, max_active_tasks_per_dag=9), READY, 9),
        (replace(WIDE, default_pool_slots=20), replace(READY, pool_slots=3), 6),
        (replace(WIDE, default_pool_slots=20), replace(READY, pool="theirs", pool_slots=3), 50),
    ],
    ids=["parallelism", "parallelism of two schedulers", "a DAG", "slots of the default pool", "another pool"],
)
def test_no_more_is_queued_than_the_limits_let(limits: Limits, kind: Work, maximum: int) -> None:
    """Each limit bounds the queued task instances."""
    sent, scheduler = queued(limits, works(50, kind=kind))

    assert len(sent) == maximum == scheduler.active


def test_a_dag_at_its_limit_does_not_hold_up_others() -> None:
    """A DAG at its limit does not delay other DAGs."""
    sent, _ = queued(
        replace(WIDE, max_active_tasks_per_dag=2),
        [*works(5, kind=replace(READY, dag_id="full")), Work(ready_sec=1, run_sec=1, dag_id="other")],
    )

    assert [work.dag_id for _, work in sent] == ["full", "full", "other"]


def test_what_no_worker_takes_is_queued_again_twice_and_then_fails() -> None:
    """A task instance that no worker takes is queued again twice after the time-out, and then fails."""
    sent, scheduler = queued(WIDE, works(1), until=3000)
    [instance] = scheduler.instances

    assert len(sent) == 3
    assert instance.state == "stuck"
    assert instance.ended_sec is not None
    assert 1800 <= instance.ended_sec <= 2200
    assert scheduler.is_done


def test_oldest_first_also_when_it_comes_back() -> None:
    """The oldest task instance is first, also after it was queued again."""
    work = [Work(ready_sec=second, run_sec=1) for second in range(4)]
    sent, _ = queued(replace(WIDE, parallelism=3), work, until=800)

    assert [each.ready_sec for _, each in sent] == [0, 1, 2] * 2


def test_sqs_counts_what_is_in_flight_for_its_visibility_timeout_only() -> None:
    """SQS does not count a message whose visibility timeout has passed."""
    _, scheduler = queued(WIDE, works(4))
    for instance, started in zip(scheduler.instances, (40.0, -600.0), strict=False):
        instance.started_sec = started

    assert scheduler.messages(600) == 3
    assert scheduler.active == 4
