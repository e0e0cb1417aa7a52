"""Workloads of a day, the same for every contender."""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING

from airflow_on_fargate.simulator.task_instance import Work

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

HOUR_SEC = 3600
BURST_SEC = 2 * HOUR_SEC
DAGS = 10
SPREAD = 0.8
"""The standard deviation of the logarithm of a run time: one in twenty takes four times the median."""


def steady(random: Random) -> list[Work]:
    """Return 4,800 task instances over the day, 200 an hour, with a median run time of 2 minutes."""
    return [work_of(random, ready_sec=random.uniform(0, 24 * HOUR_SEC), median_sec=120) for _ in range(4800)]


def nightly_burst(random: Random) -> list[Work]:
    """Return 2,000 task instances that are all ready at two in the morning, with a median run time of a minute."""
    return [work_of(random, ready_sec=BURST_SEC, median_sec=60) for _ in range(2000)]


def spiky(random: Random) -> list[Work]:
    """Return 120 task instances at each of 24 moments of the day, with a median run time of a minute."""
    moments = sorted(random.uniform(0, 24 * HOUR_SEC) for _ in range(24))
    return [work_of(random, ready_sec=moment, median_sec=60) for moment in moments for _ in range(120)]


def long_tail(random: Random) -> list[Work]:
    """Return 600 task instances within the first six hours, with a median of 2 minutes; one in fifty takes 6 hours."""
    return [
        Work(ready_sec=random.uniform(0, 6 * HOUR_SEC), run_sec=6 * HOUR_SEC, dag_id="long")
        if number % 50 == 0
        else work_of(random, ready_sec=random.uniform(0, 6 * HOUR_SEC), median_sec=120)
        for number in range(600)
    ]


def single(random: Random) -> list[Work]:
    """Return one task instance an hour, each after the workers of the one before have stopped."""
    return [Work(ready_sec=hour * HOUR_SEC + random.uniform(0, 600), run_sec=10) for hour in range(100)]


WORKLOADS: dict[str, Callable[[Random], list[Work]]] = {
    "steady": steady,
    "nightly burst": nightly_burst,
    "spiky": spiky,
    "long tail": long_tail,
}


def work_of(random: Random, *, ready_sec: float, median_sec: float) -> Work:
    """Return a task instance of one of ten DAGs, whose run time is about *median_sec*."""
    run_sec = random.lognormvariate(log(median_sec), SPREAD)
    return Work(ready_sec=ready_sec, run_sec=run_sec, dag_id=f"dag_{random.randrange(DAGS)}")
