"""Promises of a whole simulation with every workload and every scaling policy."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import pairwise
from random import Random

import pytest

from airflow_on_fargate.simulator.contenders import by_cpu, by_loop, by_queue, fixed, needed, ours
from airflow_on_fargate.simulator.simulation import DAY_SEC, Contender, Simulation, simulate
from airflow_on_fargate.simulator.stage import Pool
from airflow_on_fargate.simulator.task_instance import TaskInstance, Work
from airflow_on_fargate.simulator.workloads import WORKLOADS
from tests.airflow_on_fargate.simulator.pools import pool

POOL = pool(minimum=1, maximum=40)
CONTENDERS: dict[str, Callable[[Pool], Contender]] = {
    "ours": ours,
    "CPU": partial(by_cpu, busy_percent=100),
    "queue": by_queue,
    "loop": by_loop,
    "fixed": partial(fixed, workers=12),
}
every_workload = pytest.mark.parametrize("workload", WORKLOADS)
every_contender = pytest.mark.parametrize("name", CONTENDERS)


def work(workload: str, *, seed: int = 1) -> list[Work]:
    """Return what there is to do."""
    return WORKLOADS[workload](Random(seed))


@dataclass(frozen=True)
class Ended:
    """A simulation that has come to its end, and the counts of workers that it desired meanwhile."""

    instances: list[TaskInstance]
    desired: set[int]


@cache
def run(name: str, workload: str) -> Ended:
    """Run a simulation, once for all tests of it."""
    simulation = Simulation(POOL, CONTENDERS[name](POOL), work(workload), seed=1)
    desired: set[int] = set()
    # Nothing sets it more often than every ten seconds.
    simulation.clock.every(10, lambda: desired.add(simulation.service.desired))
    simulation.run()
    return Ended(simulation.scheduler.instances, desired)


@every_workload
@every_contender
def test_every_task_runs_once_or_is_accounted_for(name: str, workload: str) -> None:
    """Every task instance succeeds, is cut off or is stuck, and none is lost."""
    instances = run(name, workload).instances

    assert sorted(each.work.ready_sec for each in instances) == sorted(each.ready_sec for each in work(workload))
    for each in instances:
        assert each.state in ("success", "cut off", "stuck")
        if each.state == "success" and not each.times_handed_back:
            assert each.ended_sec is not None
            assert each.started_sec is not None
            assert each.ended_sec - each.started_sec == pytest.approx(each.work.run_sec)
        if each.started_sec is not None:
            assert each.started_sec >= each.work.ready_sec


@every_workload
@pytest.mark.parametrize("name", ["ours", "queue", "loop"])
def test_what_is_protected_is_never_cut_off(name: str, workload: str) -> None:
    """A protected task instance is never cut off, whatever sets the count."""
    assert not [each for each in run(name, workload).instances if each.state != "success"]


def test_the_reference_cuts_tasks_off() -> None:
    """The reference's policy cuts tasks off, because nothing protects its workers."""
    assert any(each.state == "cut off" for each in run("CPU", "steady").instances)


def test_the_loop_waits_before_it_removes_workers() -> None:
    """A loop that sets the count keeps surplus workers for five minutes, as long as the alarm does."""
    of = pool(minimum=0, maximum=10)
    # Each is over 3 minutes, or 8, before the next one.
    assert max(waits("loop", of, [3600, 3800, 4000])[1:]) < 5
    assert min(waits("loop", of, [3600, 4100, 4600])) > 30


@every_workload
@every_contender
def test_the_desired_count_stays_within_its_bounds(name: str, workload: str) -> None:
    """The desired count stays between minimum and maximum."""
    desired = run(name, workload).desired

    assert POOL.minimum <= min(desired) <= max(desired) <= POOL.maximum


@every_contender
def test_the_seed_decides(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same seed gives the same figures, and another seed gives others."""
    # The work comes in the first hour; nothing happens in the rest of a day.
    monkeypatch.setattr("airflow_on_fargate.simulator.simulation.DAY_SEC", 4 * 3600)
    outcomes = [simulate(POOL, CONTENDERS[name](POOL), work("spiky")[:240], seed=seed) for seed in (1, 1, 2)]

    assert outcomes[0] == outcomes[1]
    assert outcomes[0] != outcomes[2]


@every_workload
def test_more_workers_never_make_work_wait_longer(workload: str) -> None:
    """A larger fixed fleet has neither a longer wait nor a later end."""
    outcomes = [simulate(POOL, fixed(POOL, count), work(workload), seed=1) for count in (2, 8, 32)]
    # A second is the scheduler's sleep: who comes when it sleeps is chance.
    for figure in ("makespan_sec", "wait_p50_sec", "wait_p95_sec"):
        values = [getattr(each, figure) for each in outcomes]
        assert all(more <= less + 1 for less, more in pairwise(values)), (figure, values)


def test_a_day_of_a_fixed_fleet_costs_a_day() -> None:
    """Four workers for a day cost 96 worker-hours at Fargate's price."""
    outcome = simulate(POOL, fixed(POOL, 4), [], seed=1)

    assert outcome.worker_hours == pytest.approx(96, abs=0.2)
    assert outcome.dollars == pytest.approx(4.74, abs=0.02)
    assert (outcome.succeeded, outcome.makespan_sec, outcome.wait_p95_sec) == (0, 0, 0)


def test_work_that_takes_longer_than_a_day_is_waited_for() -> None:
    """The simulation continues until all work has ended."""
    outcome = simulate(POOL, fixed(POOL, 1), [Work(ready_sec=0, run_sec=2 * DAY_SEC)], seed=1)

    assert (outcome.succeeded, outcome.left) == (1, 0)
    assert outcome.worker_hours == pytest.approx(48, abs=0.2)


def test_work_that_nobody_does_ends_the_simulation_at_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a worker nothing is queued, and the simulation stops after its maximum time."""
    monkeypatch.setattr("airflow_on_fargate.simulator.simulation.MAX_WAIT_SEC", 2 * DAY_SEC)
    outcome = simulate(POOL, fixed(pool(maximum=1), 0), [Work(ready_sec=0, run_sec=1)], seed=1)

    assert (outcome.succeeded, outcome.left) == (0, 1)


def test_the_reference_never_starts_its_first_worker() -> None:
    """The reference's policy never starts a first worker, because ECS publishes no CPU without tasks."""
    started = Simulation(POOL, replace(by_cpu(POOL, busy_percent=100), desired=0), work("spiky")[:1], seed=1)
    outcome = started.run()

    assert (outcome.stuck, started.service.counts) == (1, [(0, 0)])


def waits(name: str, of: Pool, moments: Sequence[float]) -> list[float]:
    """Return how long one task instance waits at each of these moments."""
    single = [Work(ready_sec=moment, run_sec=10) for moment in moments]
    simulation = Simulation(of, CONTENDERS[name](of), single, seed=1)
    simulation.run()
    return [each.wait_sec for each in simulation.scheduler.instances]


def test_workers_come_from_zero_and_go_back_to_zero() -> None:
    """From no worker, the wait is a start and some seconds, and at the end no worker is left."""
    of = pool(minimum=0, maximum=10)
    simulation = Simulation(of, CONTENDERS["ours"](of), [Work(ready_sec=3600, run_sec=10)], seed=1)
    simulation.run()
    [instance] = simulation.scheduler.instances

    assert 40 < instance.wait_sec < 120
    assert [count for _, count in simulation.service.counts] == [0, 1, 0]
    assert needed(simulation) == 0


def test_a_queue_that_was_idle_for_six_hours_has_no_metrics_at_first() -> None:
    """A queue without messages for six hours has no metrics, so target tracking starts up to 15 minutes later."""
    of = pool(minimum=0, maximum=10)
    soon, late = waits("queue", of, [3600, 12 * 3600])

    assert 240 < soon < 600
    assert late > soon


def test_what_is_handed_back_runs_again() -> None:
    """A task instance that was handed back runs again from its start on another worker."""
    contender = Contender(
        desired=1,
        protects=True,
        limits=POOL.limits,
        scale=lambda of: of.clock.after(200, of.service.workers[0].stop),
    )
    simulation = Simulation(POOL, contender, [Work(ready_sec=100, run_sec=1000)], seed=1)
    outcome = simulation.run()
    [instance] = simulation.scheduler.instances

    assert (outcome.succeeded, outcome.handed_back, simulation.scheduler.active) == (1, 1, 0)
    # 95 s after SIGTERM, the worker hands the task back.
    assert instance.ended_sec is not None
    assert instance.ended_sec > 200 + 95 + 1000
