"""Ways to set the number of workers: the stage's own, the reference's, and alternatives."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from math import ceil
from operator import itemgetter
from typing import TYPE_CHECKING

from airflow_on_fargate.simulator.cloudwatch import AWS_METRIC_DELAY_SEC, OWN_METRIC_DELAY_SEC, Metric
from airflow_on_fargate.simulator.predictive import BUFFER_SEC, hourly_needs
from airflow_on_fargate.simulator.scaling import ScalableTarget, TargetTracking, scale_on_alarm
from airflow_on_fargate.simulator.schedule import Schedule
from airflow_on_fargate.simulator.simulation import HOUR_SEC, Contender, Simulation
from airflow_on_fargate.simulator.sqs import QueueMetric
from constructs_lib.airflow.environment import QUEUED_PER_SLOT
from constructs_lib.shared.worker_starts import WorkerStarts
from constructs_lib.shared.workers_missing import ROUND_SEC, Publication

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from airflow_on_fargate.simulator.cloudwatch import Alarm, Statistic
    from airflow_on_fargate.simulator.schedules import ScheduledDay
    from airflow_on_fargate.simulator.stage import Pool

CPU_TARGET_PERCENT = 70.0
CPU_COOLDOWN_SEC = 60.0
CPU_MIN = 1
"""The reference's policy, `autoScaleTaskCount` of aws-containers/Airflow-on-Fargate: 70 %, 60 s, from one worker on."""
COMPUTING_PERCENT, WAITING_PERCENT = 100.0, 30.0
"""The CPU of a worker whose slots are all taken, by tasks that compute and by tasks that wait for other systems."""
CPU_SAMPLE_SEC = 20


def ours(pool: Pool) -> Contender:
    """Return the stage's own: the autoscaler's metric, and the policies that follow it."""
    return Contender(
        desired=pool.minimum,
        protects=pool.protects,
        limits=pool.limits,
        scale=_follow_missing,
    )


def ahead(pool: Pool, day: ScheduledDay) -> Contender:
    """Return the stage's own, which orders workers before the runs of *day* are due."""
    return replace(ours(pool), scale=partial(_follow_missing, day=day))


def predictive(pool: Pool, day: ScheduledDay, *, statistic: Statistic) -> Contender:
    """Return AWS's predictive scaling beside ours: for each hour the *statistic* of what it will need, exactly."""
    return replace(ours(pool), scale=partial(_predict, hours=hourly_needs(pool, day.work, statistic)))


def by_cpu(pool: Pool, *, busy_percent: float) -> Contender:
    """Return the reference's: CPU target tracking, from one worker up to as many as ours, without protection."""
    policy = TargetTracking(CPU_TARGET_PERCENT, CPU_COOLDOWN_SEC, CPU_COOLDOWN_SEC)
    return Contender(
        desired=CPU_MIN,
        protects=False,
        limits=pool.limits,
        busy_cpu_percent=busy_percent,
        scale=partial(_track_cpu, policy=policy),
    )


def by_queue(pool: Pool) -> Contender:
    """Return target tracking of SQS's messages over the workers' slots, with AWS's default cooldowns."""
    policy = TargetTracking(1.0, out_cooldown_sec=300, in_cooldown_sec=300)
    return Contender(
        desired=pool.minimum,
        protects=pool.protects,
        limits=pool.limits,
        scale=partial(_track_queue, policy=policy),
    )


def by_loop(pool: Pool) -> Contender:
    """Return an autoscaler that sets the desired count itself, and scales in as slowly as ours."""
    return Contender(
        desired=pool.minimum,
        protects=pool.protects,
        limits=pool.limits,
        scale=partial(_set_count, surplus_sec=pool.surplus_sec),
    )


def fixed(pool: Pool, workers: int) -> Contender:
    """Return a fleet of always as many *workers*, with the limits of Airflow in a stage with that maximum."""
    queued = QUEUED_PER_SLOT * workers * pool.slots
    limits = replace(
        pool.limits,
        parallelism=ceil(queued / pool.limits.schedulers),
        max_active_tasks_per_dag=queued,
        default_pool_slots=max(queued, pool.limits.default_pool_slots),
    )
    return Contender(desired=workers, protects=pool.protects, limits=limits)


def needed(simulation: Simulation) -> int:
    """Return the number of workers that the pool needs now."""
    return simulation.pool.bounds.needed(simulation.scheduler.active)


def _target(simulation: Simulation, *, minimum: int) -> ScalableTarget:
    return ScalableTarget(simulation.clock, simulation.service, minimum=minimum, maximum=simulation.pool.maximum)


def _watch(
    simulation: Simulation,
    target: ScalableTarget,
    alarm: Alarm,
    metric: Metric,
    scale: Callable[[ScalableTarget, Sequence[float]], None],
) -> None:
    scale_on_alarm(simulation.clock, simulation.random, target, alarm=alarm, metric=metric, scale=scale)


def _follow_missing(simulation: Simulation, *, day: ScheduledDay | None = None) -> None:
    _follow(simulation, _target(simulation, minimum=simulation.pool.minimum), Schedule(simulation, day))


def _follow(simulation: Simulation, target: ScalableTarget, schedule: Schedule) -> None:
    metric = Metric(simulation.clock, delay_sec=OWN_METRIC_DELAY_SEC)
    pool, bounds = simulation.pool, simulation.pool.bounds
    publication, starts = Publication(), WorkerStarts()

    def look() -> None:
        now, active = simulation.clock.now, simulation.scheduler.count_active()
        expected = schedule.expected(lead_sec=starts.lead_sec)
        simulation.ahead = max(simulation.ahead, bounds.forecast(active, expected))
        missing = bounds.missing(active, expected, desired=target.capacity)
        running = sum(worker.state == "running" for worker in simulation.service.workers)
        wanted = target.capacity + max(0, missing)
        starts.note(now, wanted=wanted, running=running, queued=active.queued, busy=active.busy)
        if publication.is_due({pool.queue: missing}, now):
            metric.put(missing)
            publication.note({pool.queue: missing}, now)

    simulation.clock.every(ROUND_SEC, look, first=simulation.random.uniform(0, ROUND_SEC))
    for policy in pool.policies:
        _watch(simulation, target, policy.alarm, metric, policy.act)


def _predict(simulation: Simulation, *, hours: Sequence[int]) -> None:
    target = _target(simulation, minimum=simulation.pool.minimum)
    _follow(simulation, target, Schedule(simulation, None))

    def raise_minimum(hour: int) -> None:
        target.minimum = max(hours[hour], hours[hour - 1] if hour else 0)
        target.set(max(target.capacity, target.minimum))

    def set_minimum(hour: int) -> None:
        target.minimum = hours[hour]

    for hour in range(len(hours)):
        # Until the hour begins, the one before has its capacity too.
        simulation.clock.at(hour * HOUR_SEC - BUFFER_SEC, partial(raise_minimum, hour))
        simulation.clock.at(hour * HOUR_SEC, partial(set_minimum, hour))


def _track_cpu(simulation: Simulation, *, policy: TargetTracking) -> None:
    metric = Metric(simulation.clock, delay_sec=AWS_METRIC_DELAY_SEC)

    def sample() -> None:
        if (percent := simulation.service.cpu_percent) is not None:
            metric.put(percent)

    simulation.clock.every(CPU_SAMPLE_SEC, sample, first=simulation.random.uniform(0, CPU_SAMPLE_SEC))
    _track(simulation, metric, policy, minimum=CPU_MIN)


def _track_queue(simulation: Simulation, *, policy: TargetTracking) -> None:
    _track(simulation, QueueMetric(simulation).metric, policy, minimum=simulation.pool.minimum)


def _track(simulation: Simulation, metric: Metric, policy: TargetTracking, *, minimum: int) -> None:
    target = _target(simulation, minimum=minimum)
    for alarm, scale in ((policy.out_alarm, policy.scale_out), (policy.in_alarm, policy.scale_in)):
        _watch(simulation, target, alarm, metric, scale)


def _set_count(simulation: Simulation, *, surplus_sec: float) -> None:
    target = _target(simulation, minimum=simulation.pool.minimum)
    enough: list[tuple[float, int]] = []

    def look() -> None:
        now = simulation.clock.now
        enough.append((now, needed(simulation)))
        while enough[0][0] < now - surplus_sec:
            del enough[0]
        # Missing workers are added at once; surplus ones are removed after `surplus_sec`.
        desired = max(map(itemgetter(1), enough))
        if desired != target.capacity:
            target.set(desired)

    simulation.clock.every(ROUND_SEC, look, first=simulation.random.uniform(0, ROUND_SEC))
