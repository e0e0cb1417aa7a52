"""Airflow's scheduler: which task instances it queues, and when."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from heapq import heapify, heappop, heapreplace
from itertools import takewhile
from typing import TYPE_CHECKING

from airflow_on_fargate.simulator.task_instance import TaskInstance
from constructs_lib.shared.containers import DEFAULT_POOL
from constructs_lib.shared.worker import RESCHEDULE_SEC
from constructs_lib.shared.workers_missing import LASTING_SEC, Active

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

    from airflow_on_fargate.simulator.broker import Broker
    from airflow_on_fargate.simulator.clock import Clock
from airflow_on_fargate.simulator.task_instance import Work

QUEUED_PER_SEC = 7.0
"""The rate of one scheduler; measured: 423 task instances a minute on two processors, with all of Airflow on them."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """
    The limits of the number of task instances that are queued or running.

    `parallelism` is that of one scheduler. `default_pool_slots` are the slots of the queue's Airflow pool, for tasks
    whose DAG names no pool. Every `task_queued_check_sec` the scheduler looks for tasks that have been queued for
    longer than `task_queued_timeout_sec`. It queues them again, `stuck_retries` times, and then fails them. The
    defaults are Airflow's own; the JSON has those of a stage.
    """

    parallelism: int
    max_active_tasks_per_dag: int
    default_pool_slots: int
    schedulers: int = 1
    task_queued_timeout_sec: float = 600.0
    task_queued_check_sec: float = 120.0
    stuck_retries: int = 2
    max_tis_per_query: int = 16
    """The maximum that one scheduler queues in one loop."""
    idle_sleep_sec: float = 1.0
    """How long it sleeps after a loop without work."""


class Scheduler:
    """Queue what is ready, oldest first, within the limits."""

    def __init__(self, clock: Clock, random: Random, broker: Broker, *, limits: Limits, work: Iterable[Work]) -> None:
        self._clock = clock
        self._random = random
        self._broker = broker
        self._limits = limits
        self._ended: list[TaskInstance] = []
        ordered = sorted(work, key=lambda each: each.ready_sec)
        self.instances = [TaskInstance(each, ended=self._ended) for each in ordered]
        self._ready: dict[tuple[str, str], deque[TaskInstance]] = {}
        # In the order of their queueing, so that a simulation repeats.
        self._active: dict[TaskInstance, None] = {}
        self._per_dag: Counter[str] = Counter()
        self._pool_slots: Counter[str] = Counter()
        self._left = len(self.instances)
        self._sleeps = True
        self._come(0)
        every = limits.task_queued_check_sec
        clock.every(every, self._look_for_stuck, first=random.uniform(0, every))

    @property
    def active(self) -> int:
        """How many task instances are queued or running."""
        return len(self._active)

    def count_active(self) -> Active:
        """Count the queued and running task instances, those that will probably run on, and the queued ones."""
        long_since = self._clock.now - LASTING_SEC
        started = [each.started_sec for each in self._active if each.started_sec is not None]
        queued = self.active - len(started)
        return Active(self.active, queued + sum(each < long_since for each in started), queued)

    def messages(self, visibility_timeout_sec: float) -> int:
        """Return the number of messages, visible or in flight, without those whose visibility timeout has passed."""
        oldest = self._clock.now - visibility_timeout_sec
        return sum(each.started_sec is None or each.started_sec > oldest for each in self._active)

    @property
    def is_done(self) -> bool:
        """Whether all work has ended."""
        return self._left == 0

    def notice_ends(self) -> None:
        """Remove task instances that have ended."""
        # One that has failed in the queue may end once more, on a worker that had already taken it.
        for instance in [each for each in self._ended if each in self._active]:
            self._forget(instance)
            self._left -= 1
        self._ended.clear()

    def take_back(self, instance: TaskInstance) -> None:
        """Queue *instance*, which a worker has handed back, again soon."""
        instance.times_handed_back += 1
        instance.state = "scheduled"
        self._forget(instance)
        self._clock.after(RESCHEDULE_SEC, lambda: self._put_back(instance, first=True))

    def _come(self, number: int) -> None:
        """Take the ready task instances from *number* on, and schedule the next call."""
        while number < len(self.instances) and self.instances[number].work.ready_sec <= self._clock.now:
            self._put_back(self.instances[number])
            number += 1
        if number < len(self.instances):
            self._clock.at(self.instances[number].work.ready_sec, lambda: self._come(number))

    def _put_back(self, instance: TaskInstance, *, first: bool = False) -> None:
        instance.state = "scheduled"
        waiting = self._ready.setdefault((instance.work.dag_id, instance.work.pool), deque())
        (waiting.appendleft if first else waiting.append)(instance)
        if self._sleeps:
            self._sleeps = False
            self._clock.after(self._random.uniform(0, self._limits.idle_sleep_sec), self._loop)

    def _loop(self) -> None:
        """Run one loop of the scheduler; it sleeps only after a loop without work."""
        queued = self._queue_some()
        if self._ready:
            rate = QUEUED_PER_SEC * self._limits.schedulers
            self._clock.after(queued / rate if queued else self._limits.idle_sleep_sec, self._loop)
        else:
            self._sleeps = True

    def _queue_some(self) -> int:
        free = self._limits.parallelism * self._limits.schedulers - len(self._active)
        limit = min(free, self._limits.max_tis_per_query * self._limits.schedulers)
        heads = [(waiting[0].work.ready_sec, key) for key, waiting in self._ready.items()]
        heapify(heads)
        queued = 0
        while heads and queued < limit:
            key = heads[0][1]
            waiting = self._ready[key]
            if not self._fits(waiting[0].work):
                heappop(heads)
                continue
            self._queue(waiting.popleft())
            queued += 1
            if waiting:
                heapreplace(heads, (waiting[0].work.ready_sec, key))
            else:
                heappop(heads)
                del self._ready[key]
        return queued

    def _fits(self, work: Work) -> bool:
        if self._per_dag[work.dag_id] >= self._limits.max_active_tasks_per_dag:
            return False
        # The size of pools that a user has created is not in the JSON.
        return work.pool != DEFAULT_POOL or (
            self._pool_slots[work.pool] + work.pool_slots <= self._limits.default_pool_slots
        )

    def _queue(self, instance: TaskInstance) -> None:
        instance.state, instance.queued_sec = "queued", self._clock.now
        instance.times_queued += 1
        self._active[instance] = None
        self._per_dag[instance.work.dag_id] += 1
        self._pool_slots[instance.work.pool] += instance.work.pool_slots
        self._broker.send(instance)

    def _forget(self, instance: TaskInstance) -> None:
        del self._active[instance]
        self._per_dag[instance.work.dag_id] -= 1
        self._pool_slots[instance.work.pool] -= instance.work.pool_slots

    def _look_for_stuck(self) -> None:
        """Queue task instances again that no worker has taken in time, and fail them after the last retry."""
        oldest = self._clock.now - self._limits.task_queued_timeout_sec
        # They are active in the order in which they were queued.
        queued_before = takewhile(lambda each: each.queued_sec < oldest, self._active)
        stuck = [each for each in queued_before if each.state == "queued"]
        for instance in sorted(stuck, key=lambda each: (each.work.ready_sec, each.queued_sec), reverse=True):
            instance.times_stuck += 1
            if instance.times_stuck > self._limits.stuck_retries:
                instance.end("stuck", self._clock.now)
            else:
                self._forget(instance)
                self._put_back(instance, first=True)
        self.notice_ends()
