"""Promises of the simulated queue."""

from random import Random

from airflow_on_fargate.simulator.broker import Broker
from airflow_on_fargate.simulator.task_instance import TaskInstance, Work


class Asking:
    """A worker with one slot."""

    has_free_slot = True

    def __init__(self) -> None:
        self.taken: list[TaskInstance] = []

    def take(self, instance: TaskInstance) -> None:
        """Keep it, and take no other."""
        self.taken.append(instance)
        self.has_free_slot = False


def queued(number: int = 1) -> TaskInstance:
    """Return a task instance that was queued so many times."""
    instance = TaskInstance(Work(ready_sec=0, run_sec=1), state="queued")
    instance.times_queued = number
    return instance


def test_first_come_first_served() -> None:
    """Workers get messages in the order in which they ask."""
    broker, workers, instances = Broker(Random(1)), [Asking(), Asking()], [queued(), queued()]
    for instance in instances:
        broker.send(instance)
    for worker in workers:
        broker.ask(worker)

    assert [worker.taken for worker in workers] == [[instance] for instance in instances]


def test_a_message_of_a_failed_task_is_dropped() -> None:
    """The message of a failed task instance is skipped."""
    broker, worker, instances = Broker(Random(1)), Asking(), [queued(), queued()]
    for instance in instances:
        broker.send(instance)
    instances[0].state = "scheduled"
    broker.ask(worker)

    assert worker.taken == [instances[1]]


def test_a_task_that_was_queued_again_is_delivered_once() -> None:
    """A task instance that was queued again is delivered once, by its newer message."""
    broker, workers, (again, other) = Broker(Random(1)), [Asking(), Asking(), Asking()], [queued(), queued()]
    broker.send(again)
    broker.send(other)
    again.times_queued = 2
    broker.send(again)
    for worker in workers:
        broker.ask(worker)

    assert [worker.taken for worker in workers] == [[other], [again], []]
