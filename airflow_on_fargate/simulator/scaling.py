"""Application Auto Scaling: step scaling and target tracking of one service's desired count."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, inf
from typing import TYPE_CHECKING, Protocol

from airflow_on_fargate.simulator.cloudwatch import (
    Alarm,
    AlarmWatch,
    ComparisonOperator,
    Metric,
    Statistic,
    aggregate,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

    from airflow_on_fargate.simulator.clock import Clock

ACTION_SEC = 2
"""From an alarm's action to the new desired count. Assumed."""
OUT_MINUTES, IN_MINUTES, HEADROOM = 3, 15, 0.9
"""
The alarms of target tracking, which Application Auto Scaling makes: above the target for 3 minutes, below 90 % of it
for 15 ("How target tracking scaling for Application Auto Scaling works": it adds more readily than it removes).
"""


class Scalable(Protocol):
    """A service with a desired count."""

    desired: int

    def set_desired(self, count: int) -> None:
        """Change it."""


class ScalableTarget:
    """A service whose desired count policies change, never beyond its current `minimum` and *maximum*."""

    def __init__(self, clock: Clock, service: Scalable, *, minimum: int, maximum: int) -> None:
        self.clock = clock
        self._service = service
        self.minimum = minimum
        self._maximum = maximum
        self._in_until = self._out_until = -inf
        self._added = 0

    @property
    def capacity(self) -> int:
        """The desired count."""
        return self._service.desired

    def scale_out(self, adjustment: int, *, cooldown_sec: float) -> None:
        """
        Add *adjustment* tasks.

        During a cooldown only what a larger adjustment has more than the one that began it. It ends a cooldown after
        scaling in (`StepScalingPolicyConfiguration`, `Cooldown`).
        """
        self._in_until = -inf
        more = adjustment - (self._added if self.clock.now < self._out_until else 0)
        if more > 0 and self._set(self.capacity + more):
            self._added = adjustment
            self._out_until = self.clock.now + cooldown_sec

    def scale_in(self, adjustment: int, *, cooldown_sec: float) -> None:
        """Remove *adjustment* tasks, unless tasks were removed within the cooldown."""
        if self.clock.now >= self._in_until and self._set(self.capacity - adjustment):
            self._in_until = self.clock.now + cooldown_sec

    def set(self, count: int) -> None:
        """Set the desired count, within the limits."""
        self._set(count)

    def _set(self, count: int) -> bool:
        """Set the desired count, and return whether it changed."""
        count = max(self.minimum, min(self._maximum, count))
        changed = count != self.capacity
        if changed:
            self._service.set_desired(count)
        return changed


def scale_on_alarm(
    clock: Clock,
    random: Random,
    target: ScalableTarget,
    *,
    alarm: Alarm,
    metric: Metric,
    scale: Callable[[ScalableTarget, Sequence[float]], None],
) -> None:
    """Call *scale* with *target* and the datapoints when *alarm* asks for it, a little later as on AWS."""

    def act(datapoints: Sequence[float]) -> None:
        clock.after(ACTION_SEC, lambda: scale(target, datapoints))

    AlarmWatch(clock, random, alarm=alarm, metric=metric, act=act)


@dataclass(frozen=True)
class Step:
    """One step: its bounds are distances from the alarm's threshold; *adjustment* is negative to scale in."""

    lower: float
    upper: float
    adjustment: int

    def holds(self, distance: float, *, above: bool) -> bool:
        """
        Whether the step is for this distance from the threshold.

        The bound nearer to the threshold belongs to it: the lower one of an alarm that looks *above*, else the upper
        one ("Step scaling policies for Application Auto Scaling", "Step adjustments").
        """
        return self.lower <= distance < self.upper if above else self.lower < distance <= self.upper


@dataclass(frozen=True)
class StepScaling:
    """A policy as `step_scaling_policy_configuration` describes it, of type `ChangeInCapacity`, with its alarm."""

    alarm: Alarm
    cooldown_sec: float
    steps: tuple[Step, ...]
    aggregation: Statistic = "Average"

    def act(self, target: ScalableTarget, datapoints: Sequence[float]) -> None:
        """Scale by the step for the alarm's datapoints."""
        distance = aggregate(datapoints, self.aggregation) - self.alarm.threshold
        above = self.alarm.comparison.startswith("Greater")
        adjustment = next((step.adjustment for step in self.steps if step.holds(distance, above=above)), 0)
        if adjustment > 0:
            target.scale_out(adjustment, cooldown_sec=self.cooldown_sec)
        elif adjustment < 0:
            target.scale_in(-adjustment, cooldown_sec=self.cooldown_sec)


@dataclass(frozen=True)
class TargetTracking:
    """A policy that keeps a metric at *target* by changing the count in proportion."""

    target: float
    out_cooldown_sec: float
    in_cooldown_sec: float

    @property
    def out_alarm(self) -> Alarm:
        """The alarm that scales out."""
        return _alarm(OUT_MINUTES, "GreaterThanThreshold", self.target)

    @property
    def in_alarm(self) -> Alarm:
        """The alarm that scales in."""
        return _alarm(IN_MINUTES, "LessThanThreshold", self.target * HEADROOM)

    def scale_out(self, target: ScalableTarget, datapoints: Sequence[float]) -> None:
        """Add the tasks that would bring the newest datapoint to the target; from zero as if there were one task."""
        more = self._wanted(target, datapoints) - target.capacity
        if more > 0:
            target.scale_out(more, cooldown_sec=self.out_cooldown_sec)

    def scale_in(self, target: ScalableTarget, datapoints: Sequence[float]) -> None:
        """Remove the tasks that would bring the newest datapoint to the target."""
        fewer = target.capacity - self._wanted(target, datapoints)
        if fewer > 0:
            target.scale_in(fewer, cooldown_sec=self.in_cooldown_sec)

    def _wanted(self, target: ScalableTarget, datapoints: Sequence[float]) -> int:
        return ceil(max(1, target.capacity) * datapoints[-1] / self.target)


def _alarm(minutes: int, comparison: ComparisonOperator, threshold: float) -> Alarm:
    return Alarm(
        period_sec=60,
        evaluation_periods=minutes,
        datapoints_to_alarm=minutes,
        statistic="Average",
        threshold=threshold,
        comparison=comparison,
    )
