"""The outcome of a simulation, and its figures as people read them."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Self

from airflow_on_fargate.simulator.prices import worker_hour_dollars

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from airflow_on_fargate.simulator.stage import Pool
    from airflow_on_fargate.simulator.task_instance import TaskInstance


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the percentile of *values* at *percent*; 0 if there are none."""
    ordered = sorted(values)
    return ordered[max(0, ceil(len(ordered) * percent / 100) - 1)] if ordered else 0.0


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """
    The figures of one simulation.

    `makespan_sec` is the time from the first ready task instance to the end of the last one. A wait is the time from
    ready to running. `cut_off` were killed with their worker, `stuck` failed in the queue, and `left` had not run at
    the end of the simulation. `handed_back` counts how often a stopped worker returned one to run again. `counts` are
    the numbers of workers, each with the second from which it holds. `ahead` is the maximum number of workers that were
    ordered before their work was there.
    """

    succeeded: int
    cut_off: int
    stuck: int
    left: int
    handed_back: int
    makespan_sec: float
    wait_p50_sec: float
    wait_p95_sec: float
    worker_hours: float
    dollars: float
    counts: Sequence[tuple[float, int]]
    ahead: int = 0

    @classmethod
    def of(
        cls,
        instances: Sequence[TaskInstance],
        *,
        worker_hours: float,
        counts: Sequence[tuple[float, int]],
        pool: Pool,
        ahead: int = 0,
    ) -> Self:
        """Count and measure."""
        states = [each.state for each in instances]
        over = [each for each in instances if each.ended_sec is not None]
        waits = [each.wait_sec for each in over]
        ends = [each.ended_sec for each in over if each.ended_sec is not None]
        return cls(
            succeeded=states.count("success"),
            cut_off=states.count("cut off"),
            stuck=states.count("stuck"),
            left=len(instances) - len(over),
            handed_back=sum(each.times_handed_back for each in instances),
            makespan_sec=max(ends, default=0.0) - min((each.work.ready_sec for each in instances), default=0.0),
            wait_p50_sec=percentile(waits, 50),
            wait_p95_sec=percentile(waits, 95),
            worker_hours=worker_hours,
            dollars=worker_hours * worker_hour_dollars(pool),
            counts=counts,
            ahead=ahead,
        )


def duration(seconds: float) -> str:
    """Return *seconds* in a suitable unit."""
    if seconds < 100:  # noqa: PLR2004 units of time
        return f"{seconds:.0f} s"
    if seconds < 100 * 60:
        return f"{seconds / 60:.1f} min"
    return f"{seconds / 3600:.1f} h"


FIGURES: dict[str, tuple[Callable[[Outcome], float], Callable[[float], str]]] = {
    "makespan": (lambda outcome: outcome.makespan_sec, duration),
    "wait p50": (lambda outcome: outcome.wait_p50_sec, duration),
    "wait p95": (lambda outcome: outcome.wait_p95_sec, duration),
    "worker-hours": (lambda outcome: outcome.worker_hours, lambda value: f"{value:.1f}"),
    "dollars": (lambda outcome: outcome.dollars, lambda value: f"{value:.2f}"),
    "ahead": (lambda outcome: outcome.ahead, lambda value: f"{value:.0f}"),
    "cut off": (lambda outcome: outcome.cut_off, lambda value: f"{value:.0f}"),
    "stuck": (lambda outcome: outcome.stuck, lambda value: f"{value:.0f}"),
    "handed back": (lambda outcome: outcome.handed_back, lambda value: f"{value:.0f}"),
}
"""The figures of an outcome: how to compute each, and how to format it."""


def written(outcome: Outcome) -> list[str]:
    """Return all figures of an outcome."""
    return [write(get(outcome)) for get, write in FIGURES.values()]
