"""One day of a worker pool."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from airflow_on_fargate.simulator.airflow import Limits, Scheduler
from airflow_on_fargate.simulator.broker import Broker
from airflow_on_fargate.simulator.clock import Clock
from airflow_on_fargate.simulator.outcome import Outcome
from airflow_on_fargate.simulator.service import WorkerService

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from airflow_on_fargate.simulator.stage import Pool
    from airflow_on_fargate.simulator.task_instance import Work

HOUR_SEC = 3600.0
DAY_SEC = 24 * HOUR_SEC
MAX_WAIT_SEC = 14 * DAY_SEC
"""The maximum time after the last task is ready; a simulation that would not end stops then."""


@dataclass(frozen=True, kw_only=True)
class Contender:
    """
    A way to decide how many workers there are.

    `scale` sets up what decides, in a simulation; `busy_cpu_percent` is the CPU of a worker whose slots are all taken.
    """

    desired: int
    protects: bool
    limits: Limits
    busy_cpu_percent: float = 100.0
    scale: Callable[[Simulation], None] = lambda _: None


class Simulation:
    """The pool's workers, its queue and Airflow's scheduler, with *work*; *seed* starts the random numbers."""

    def __init__(self, pool: Pool, contender: Contender, work: Sequence[Work], *, seed: int) -> None:
        self.pool = pool
        self._last_ready_sec = max((each.ready_sec for each in work), default=0.0)
        self.clock = Clock()
        self.random = Random(seed)
        # A separate generator, so that the start of a worker does not change which worker gets which message.
        self.broker = Broker(Random(seed + 1))
        self.scheduler = Scheduler(self.clock, self.random, self.broker, limits=contender.limits, work=work)
        self.ahead = 0
        """The maximum number of workers that were ordered ahead of their work."""
        self.service = WorkerService(
            self.clock,
            self.random,
            self.broker,
            pool=pool,
            desired=contender.desired,
            protects=contender.protects,
            busy_cpu_percent=contender.busy_cpu_percent,
            on_change=self.scheduler.notice_ends,
            on_hand_back=self.scheduler.take_back,
        )
        contender.scale(self)

    def run(self) -> Outcome:
        """Simulate a day, or longer until the work has ended."""
        last = self._last_ready_sec + MAX_WAIT_SEC
        self.clock.run(lambda when: when > last or (when > DAY_SEC and self.scheduler.is_done))
        return Outcome.of(
            self.scheduler.instances,
            worker_hours=self.service.count_seconds() / HOUR_SEC,
            counts=self.service.counts,
            pool=self.pool,
            ahead=self.ahead,
        )


def simulate(pool: Pool, contender: Contender, work: Sequence[Work], *, seed: int) -> Outcome:
    """Return the outcome of a day with *work*."""
    return Simulation(pool, contender, work, seed=seed).run()
