"""Compare the stage's own scaling policy with others, for the same work."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from airflow_on_fargate.simulator.contenders import (
    COMPUTING_PERCENT,
    WAITING_PERCENT,
    ahead,
    by_cpu,
    by_loop,
    by_queue,
    fixed,
    ours,
    predictive,
)
from airflow_on_fargate.simulator.simulation import simulate
from airflow_on_fargate.simulator.workloads import single

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from airflow_on_fargate.simulator.cloudwatch import Statistic
    from airflow_on_fargate.simulator.outcome import Outcome
    from airflow_on_fargate.simulator.schedules import ScheduledDay
    from airflow_on_fargate.simulator.stage import Pool
    from airflow_on_fargate.simulator.task_instance import Work

OURS, COMPUTING, WAITING, FIXED = "ours", "CPU policy, tasks compute", "CPU policy, tasks wait", "fixed fleet"
BY_QUEUE, BY_LOOP = "target tracking on SQS", "the loop sets the count"
FOLLOWING, AHEAD = "ours, following the work", "ours, ahead of the schedule"
AVERAGE, MAXIMUM = "AWS predictive, hour's average", "AWS predictive, hour's maximum"
SAME_WAIT = 1.1
"""A fixed fleet is sized to have at most so many times our p95 wait."""


@dataclass(frozen=True)
class Row:
    """The outcome of a workload with one contender."""

    name: str
    outcome: Outcome


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Simulate contenders on a *pool*; *seed* starts the random numbers."""

    pool: Pool
    seed: int

    def compare(self, work: Sequence[Work]) -> Iterator[Row]:
        """Yield ours, the reference's policy with two kinds of tasks, and the fixed fleet with the same p95 wait."""
        own = simulate(self.pool, ours(self.pool), work, seed=self.seed)
        yield Row(OURS, own)
        for name, percent in ((COMPUTING, COMPUTING_PERCENT), (WAITING, WAITING_PERCENT)):
            contender = by_cpu(self.pool, busy_percent=percent)
            yield Row(name, simulate(self.pool, contender, work, seed=self.seed))
        yield self._fixed(work, own.wait_p95_sec * SAME_WAIT)

    def candidates(self, work: Sequence[Work]) -> Iterator[Row]:
        """Yield the alternatives to the stage's way to follow the work."""
        for name, contender in ((BY_QUEUE, by_queue), (BY_LOOP, by_loop)):
            yield Row(name, simulate(self.pool, contender(self.pool), work, seed=self.seed))

    def schedules(self, day: ScheduledDay) -> Iterator[Row]:
        """Yield ours without and with the schedule, AWS's predictive scaling, and a fleet for the p95 wait."""
        yield Row(FOLLOWING, self.following(day))
        own = self.with_schedule(day)
        yield Row(AHEAD, own)
        statistics: tuple[tuple[str, Statistic], ...] = ((AVERAGE, "Average"), (MAXIMUM, "Maximum"))
        for name, statistic in statistics:
            contender = predictive(self.pool, day, statistic=statistic)
            yield Row(name, simulate(self.pool, contender, day.work, seed=self.seed))
        yield self._fixed(day.work, own.wait_p95_sec * SAME_WAIT)

    def with_schedule(self, day: ScheduledDay) -> Outcome:
        """Return the outcome of *day* with workers that are ordered ahead of its schedule."""
        return simulate(self.pool, ahead(self.pool, day), day.work, seed=self.seed)

    def following(self, day: ScheduledDay) -> Outcome:
        """Return the outcome of *day* with workers that follow the work alone."""
        return simulate(self.pool, ours(self.pool), day.work, seed=self.seed)

    def wake(self) -> Outcome:
        """Return the outcome of one task instance an hour, each of which finds no worker."""
        return simulate(self.pool, ours(self.pool), single(Random(self.seed)), seed=self.seed)

    def _fixed(self, work: Sequence[Work], wait_p95_sec: float) -> Row:
        """Find the smallest fleet that keeps the p95 wait; the pool's maximum if no fleet does."""
        minimum, maximum = 1, self.pool.maximum
        while minimum < maximum:
            middle = (minimum + maximum) // 2
            if self._fleet(work, middle).wait_p95_sec <= wait_p95_sec:
                maximum = middle
            else:
                minimum = middle + 1
        return Row(f"{FIXED} of {maximum}", self._fleet(work, maximum))

    def _fleet(self, work: Sequence[Work], workers: int) -> Outcome:
        return simulate(self.pool, fixed(self.pool, workers), work, seed=self.seed)
