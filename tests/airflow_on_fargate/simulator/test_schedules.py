"""Promises of a simulated schedule, and of what a wrong forecast costs."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from itertools import pairwise
from math import inf
from random import Random

import pytest

from airflow_on_fargate.simulator.checks import interval_sec
from airflow_on_fargate.simulator.contenders import ahead, ours, predictive
from airflow_on_fargate.simulator.outcome import Outcome
from airflow_on_fargate.simulator.predictive import hourly_needs
from airflow_on_fargate.simulator.scaling import Step
from airflow_on_fargate.simulator.schedules import SCHEDULED, ScheduledDay, larger_burst, wrong_days
from airflow_on_fargate.simulator.simulation import HOUR_SEC, Simulation, simulate
from airflow_on_fargate.simulator.task_instance import Work
from constructs_lib.shared.workers_missing import step_bounds
from tests.airflow_on_fargate.simulator.pools import IN, OUT, pool

MAXIMUM = 40
BOUNDS = step_bounds(MAXIMUM)
STEPS = (*(Step(low - 1, high - 1, low) for low, high in pairwise(BOUNDS)), Step(MAXIMUM - 1, inf, MAXIMUM))
SMALL = pool(minimum=0, maximum=MAXIMUM, prewarm_max=MAXIMUM)
POOL = replace(
    SMALL,
    limits=replace(SMALL.limits, max_tis_per_query=512),
    policies=(replace(OUT, cooldown_sec=0, steps=STEPS), IN),
)
"""A pool with the policy that a stage has: each step adds its lowest number, without a cooldown."""
DAYS = wrong_days(Random(1))


@pytest.fixture(autouse=True)
def _short_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a day end after three hours; the work comes at two."""
    monkeypatch.setattr("airflow_on_fargate.simulator.simulation.DAY_SEC", 3 * HOUR_SEC)


@cache
def following(day: str) -> Outcome:
    """Return the outcome with workers that follow the work alone."""
    return simulate(POOL, ours(POOL), DAYS[day].work, seed=1)


@cache
def with_schedule(day: str) -> Outcome:
    """Return the outcome with workers that are ordered before runs are due."""
    return simulate(POOL, ahead(POOL, DAYS[day]), DAYS[day].work, seed=1)


@pytest.mark.parametrize("day", ["as usual", "the clocks have changed"])
def test_scheduled_work_starts_at_once(day: str) -> None:
    """Work that is due finds its workers, also after the clocks have changed."""
    assert with_schedule(day).wait_p50_sec < 5
    assert with_schedule(day).ahead == pytest.approx(30, abs=3)
    assert following("as usual").wait_p50_sec > 40


@pytest.mark.parametrize("day", ["paused a minute before", "a tenth of the usual tasks", "the run is 90 s late"])
def test_a_wrong_forecast_costs_an_interval_of_its_workers(day: str) -> None:
    """Workers that were ordered in vain stop after the timeout and the scale-in."""
    more_hours = with_schedule(day).worker_hours - (following(day).worker_hours if DAYS[day].work else 0)

    assert 0 < more_hours <= with_schedule(day).ahead * interval_sec(POOL) / HOUR_SEC
    assert with_schedule(day).counts[-1][1] == 0
    assert interval_sec(POOL) < 11 * 60


def test_a_new_dag_runs_as_without_a_schedule() -> None:
    """A DAG that has run twice is not forecast, and its outcome is exactly that of following the work."""
    assert with_schedule("a new DAG") == following("a new DAG")


def test_ten_times_the_usual_work_starts_with_the_usual_workers() -> None:
    """A run that is ten times as large starts on the workers of a usual one."""
    simulation = Simulation(POOL, ahead(POOL, DAYS["ten times the usual tasks"]), DAYS["as usual"].work, seed=1)

    assert len(DAYS["ten times the usual tasks"].work) == 10 * len(simulation.scheduler.instances)
    assert simulation.run().ahead == with_schedule("as usual").ahead


def test_a_forecast_of_each_hour_is_kept_for_the_hour() -> None:
    """Predictive scaling has the hour's maximum ready before the hour, and keeps it until the end."""
    day = DAYS["as usual"]
    outcome = simulate(POOL, predictive(POOL, day, statistic="Maximum"), day.work, seed=1)

    assert outcome.wait_p50_sec < 5
    assert outcome.worker_hours > 25
    assert outcome.ahead == 0


def test_an_hour_needs_what_its_minutes_need() -> None:
    """An hour's need is the average or the maximum of its minutes, within the pool's maximum."""
    work = [Work(ready_sec=HOUR_SEC, run_sec=15 * 60 - 1) for _ in range(16)]
    hours = partial(hourly_needs, POOL, work)

    assert (hours("Average")[:3], hours("Maximum")[:3]) == ([0, 1, 0], [0, 4, 0])
    assert max(hourly_needs(POOL, work * 100, "Maximum")) == 40


@pytest.mark.parametrize("workload", [*SCHEDULED.values(), larger_burst])
def test_what_comes_is_what_is_due(workload: Callable[[Random], ScheduledDay]) -> None:
    """The task instances of a scheduled workload are due when they are ready, and past runs needed about as many."""
    day = workload(Random(1))

    assert {(each.dag_id, each.due_sec) for each in day.work} == {each.run for each in day.planned}
    assert all(each.due_sec == each.ready_sec for each in day.work)
    assert all(len(each.past) == 5 for each in day.planned)
