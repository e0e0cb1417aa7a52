"""The ECS service of a worker pool."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_on_fargate.simulator.fargate import LaunchRate, pending_sec, worker_sec
from airflow_on_fargate.simulator.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from airflow_on_fargate.simulator.broker import Broker
    from airflow_on_fargate.simulator.clock import Clock
    from airflow_on_fargate.simulator.stage import Pool
    from airflow_on_fargate.simulator.task_instance import TaskInstance

SERVICE_SCHEDULER_SEC = 5
"""How soon ECS starts or stops tasks for a new desired count, or stops one that is no longer protected. Assumed."""
IDLE_CPU_PERCENT = 3


class WorkerService:
    """
    Runs as many workers as desired; to have fewer, it stops random unprotected ones.

    `busy_cpu_percent` is the CPU of a worker whose slots are all taken. The first *desired* workers already run.
    """

    def __init__(
        self,
        clock: Clock,
        random: Random,
        broker: Broker,
        *,
        pool: Pool,
        desired: int,
        protects: bool,
        busy_cpu_percent: float,
        on_change: Callable[[], None],
        on_hand_back: Callable[[TaskInstance], None],
    ) -> None:
        self._clock = clock
        self._random = random
        self._broker = broker
        self._pool = pool
        self._protects = protects
        self._busy_cpu_percent = busy_cpu_percent
        self._on_change = on_change
        self._on_hand_back = on_hand_back
        self._launches = LaunchRate()
        self._looks = False
        self.desired = desired
        self.workers: list[Worker] = []
        self.worker_seconds = 0.0
        self._counted_sec = 0.0
        self.counts: list[tuple[float, int]] = [(0.0, desired)]
        """How many workers there are, and since when."""
        for _ in range(desired):
            worker = self._add()
            worker.warm_up()
            worker.start()

    def set_desired(self, count: int) -> None:
        """Change the desired count."""
        self.desired = count
        self._look_soon()

    @property
    def cpu_percent(self) -> float | None:
        """ECS's CPUUtilization of the service, the average of its running tasks; without any there is none."""
        running = [each for each in self.workers if each.state != "pending"]
        if not running:
            return None
        busy = sum(each.busy_slots for each in running) / (len(running) * self._pool.slots)
        return IDLE_CPU_PERCENT + busy * (self._busy_cpu_percent - IDLE_CPU_PERCENT)

    def count_seconds(self) -> float:
        """Return the seconds of all workers up to now, from the start of the image pull, as Fargate bills them."""
        self.worker_seconds += len(self.workers) * (self._clock.now - self._counted_sec)
        self._counted_sec = self._clock.now
        return self.worker_seconds

    def _look_soon(self) -> None:
        if not self._looks:
            self._looks = True
            self._clock.after(SERVICE_SCHEDULER_SEC, self._look)

    def _look(self) -> None:
        self._looks = False
        staying = [each for each in self.workers if each.state in ("pending", "running")]
        if len(staying) < self.desired:
            for _ in range(self.desired - len(staying)):
                self._launch()
            return
        unprotected = [each for each in staying if not each.is_protected]
        for worker in self._random.sample(unprotected, min(len(unprotected), len(staying) - self.desired)):
            worker.stop()

    def _launch(self) -> None:
        worker = self._add()
        wait = self._launches.wait_sec(self._clock.now)
        self._clock.after(wait + pending_sec(self._random) + worker_sec(self._pool.cpu), worker.start)

    def _add(self) -> Worker:
        worker = Worker(
            self._clock,
            self._random,
            self._broker,
            pool=self._pool,
            protects=self._protects,
            on_change=self._changed,
            on_hand_back=self._on_hand_back,
            on_gone=self._remove,
        )
        self.count_seconds()
        self.workers.append(worker)
        self._note()
        return worker

    def _remove(self, worker: Worker) -> None:
        self.count_seconds()
        self.workers.remove(worker)
        self._note()
        self._changed()

    def _changed(self) -> None:
        self._on_change()
        if len(self.workers) != self.desired:
            self._look_soon()

    def _note(self) -> None:
        self.counts.append((self._clock.now, len(self.workers)))
