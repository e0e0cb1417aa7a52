"""A service of workers to send work to."""

from dataclasses import replace
from random import Random

from typing_extensions import override

from airflow_on_fargate.simulator.broker import Broker, Consumer
from airflow_on_fargate.simulator.clock import Clock
from airflow_on_fargate.simulator.service import WorkerService
from airflow_on_fargate.simulator.task_instance import TaskInstance, Work
from tests.airflow_on_fargate.simulator.pools import POOL


class Watched(Broker):
    """A queue that remembers when it was asked last."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(Random(1))
        self._clock = clock
        self.asked_sec: list[float] = []

    @override
    def ask(self, worker: Consumer) -> None:
        """Remember it."""
        self.asked_sec.append(self._clock.now)
        super().ask(worker)


class Fleet:
    """A service, its queue, and what was handed back."""

    def __init__(self, desired: int, *, protects: bool = True, stop_timeout_sec: float = 120) -> None:
        self.clock = Clock()
        self.broker = Watched(self.clock)
        self.handed_back: list[TaskInstance] = []
        self.service = WorkerService(
            self.clock,
            Random(1),
            self.broker,
            pool=replace(POOL, stop_timeout_sec=stop_timeout_sec),
            desired=desired,
            protects=protects,
            busy_cpu_percent=100,
            on_change=lambda: None,
            on_hand_back=self.handed_back.append,
        )

    def send(self, *run_sec: float) -> list[TaskInstance]:
        """Queue a task instance for each run time."""
        instances = [TaskInstance(Work(ready_sec=self.clock.now, run_sec=each)) for each in run_sec]
        for instance in instances:
            instance.state = "queued"
            self.broker.send(instance)
        return instances

    def run(self, until: float) -> None:
        """Let time pass."""
        self.clock.run(lambda when: when > until)
        self.clock.now = until

    @property
    def running(self) -> int:
        """How many workers take work."""
        return sum(worker.state == "running" for worker in self.service.workers)
