"""The SQS queue between scheduler and workers."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from random import Random

    from airflow_on_fargate.simulator.task_instance import TaskInstance


class Consumer(Protocol):
    """A receiver of messages: a worker."""

    @property
    def has_free_slot(self) -> bool:
        """Whether it can take another task instance."""

    def take(self, instance: TaskInstance) -> None:
        """Take a task instance out of the queue."""


class Broker:
    """Gives queued task instances, in order, to workers that poll; a random one of them gets the next."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._messages: deque[tuple[TaskInstance, int]] = deque()
        self._asking: list[Consumer] = []

    def send(self, instance: TaskInstance) -> None:
        """Put *instance* into the queue."""
        self._messages.append((instance, instance.times_queued))
        self._deliver()

    def ask(self, worker: Consumer) -> None:
        """Add *worker*, which has a free slot, to those that poll."""
        if worker not in self._asking:
            self._asking.append(worker)
        self._deliver()

    def leave(self, worker: Consumer) -> None:
        """Remove *worker* from those that poll."""
        if worker in self._asking:
            self._asking.remove(worker)

    def _deliver(self) -> None:
        while self._messages and self._asking:
            instance, number = self._messages.popleft()
            # The scheduler no longer waits for this message, and may have queued the task instance again.
            if instance.state != "queued" or instance.times_queued != number:
                continue
            worker = self._random.choice(self._asking)
            worker.take(instance)
            if not worker.has_free_slot:
                self._asking.remove(worker)
