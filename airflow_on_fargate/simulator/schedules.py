"""Workloads of scheduled DAGs: what is due, what the last runs needed, and what comes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from airflow_on_fargate.simulator.workloads import BURST_SEC, HOUR_SEC, work_of
from constructs_lib.shared.forecast import Run
from constructs_lib.shared.run_need import DAY_SEC, RUNS, PastRun

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

    from airflow_on_fargate.simulator.task_instance import Work

BURST, LARGER_BURST, SPIKES, SPIKE = 400, 2000, 24, 120
CHANGE = 0.1
"""How far the number of tasks of a past run was from today's, at the maximum."""


@dataclass(frozen=True)
class Planned:
    """A run that Airflow's timetable has, its *past* runs, and the second from which its DAG is paused."""

    run: Run
    past: tuple[PastRun, ...]
    paused_sec: float = float("inf")


@dataclass(frozen=True)
class ScheduledDay:
    """The *planned* runs of a day, and the *work* that comes."""

    planned: Sequence[Planned]
    work: Sequence[Work]


def scheduled_burst(random: Random) -> ScheduledDay:
    """Return 400 task instances of ten DAGs that are due at two in the morning, with a median run time of a minute."""
    return _burst(random, BURST)


def larger_burst(random: Random) -> ScheduledDay:
    """Return 2,000 task instances of ten DAGs, due at two in the morning, with a median run time of a minute."""
    return _burst(random, LARGER_BURST)


def scheduled_spiky(random: Random) -> ScheduledDay:
    """Return 24 daily DAGs of 120 task instances at different times, with a median run time of a minute."""
    moments = sorted(random.uniform(0, 24 * HOUR_SEC) for _ in range(SPIKES))
    return _day(random, [(f"dag_{number}", moment, SPIKE) for number, moment in enumerate(moments)])


SCHEDULED: dict[str, Callable[[Random], ScheduledDay]] = {
    "scheduled burst": scheduled_burst,
    "scheduled spiky": scheduled_spiky,
}


def wrong_days(random: Random) -> dict[str, ScheduledDay]:
    """Return days on which one DAG of 120 task instances, due at two, is not what its last runs were."""
    usual = _day(random, [("dag", BURST_SEC, SPIKE)])
    [planned], work = usual.planned, usual.work
    tenth, more = work[: SPIKE // 10], [replace(each) for each in work for _ in range(10)]
    late = [replace(each, ready_sec=each.ready_sec + 90) for each in work]
    clocks = tuple(PastRun(run.due_sec - HOUR_SEC, run.slots) for run in planned.past)
    return {
        "as usual": usual,
        "paused a minute before": ScheduledDay([replace(planned, paused_sec=BURST_SEC - 60)], []),
        "a tenth of the usual tasks": ScheduledDay([planned], tenth),
        "ten times the usual tasks": ScheduledDay([planned], more),
        "a new DAG": ScheduledDay([replace(planned, past=planned.past[:2])], work),
        "the clocks have changed": ScheduledDay([replace(planned, past=clocks)], work),
        "the run is 90 s late": ScheduledDay([planned], late),
    }


def _burst(random: Random, count: int) -> ScheduledDay:
    return _day(random, [(f"dag_{number}", BURST_SEC, count // 10) for number in range(10)])


def _day(random: Random, dags: Sequence[tuple[str, float, int]]) -> ScheduledDay:
    planned, work = [], []
    for dag_id, due_sec, count in dags:
        needs = [round(count * random.uniform(1 - CHANGE, 1 + CHANGE)) for _ in range(RUNS)]
        past = [PastRun(due_sec - day * DAY_SEC, {"default": need}) for day, need in enumerate(needs, start=1)]
        planned.append(Planned(Run(dag_id, due_sec), tuple(past)))
        work += [
            replace(work_of(random, ready_sec=due_sec, median_sec=60), dag_id=dag_id, due_sec=due_sec)
            for _ in range(count)
        ]
    return ScheduledDay(planned, work)
