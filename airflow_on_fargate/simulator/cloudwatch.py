"""CloudWatch: metrics that arrive late, and alarms that are evaluated at intervals."""

from __future__ import annotations

import operator
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from random import Random

    from airflow_on_fargate.simulator.clock import Clock

Statistic = Literal["Average", "Maximum", "Minimum", "Sum"]
STATISTICS: Mapping[Statistic, Callable[[Sequence[float]], float]] = {
    "Average": lambda values: sum(values) / len(values),
    "Maximum": max,
    "Minimum": min,
    "Sum": sum,
}
ComparisonOperator = Literal[
    "GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanOrEqualToThreshold", "LessThanThreshold"
]
COMPARISONS: Mapping[ComparisonOperator, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanOrEqualToThreshold": operator.le,
    "LessThanThreshold": operator.lt,
}
MissingData = Literal["breaching", "ignore", "missing", "notBreaching"]

OWN_METRIC_DELAY_SEC = 3
"""From PutMetricData to an alarm that sees it. Assumed: AWS promises none."""
AWS_METRIC_DELAY_SEC = 60
"""From the end of a minute to its metrics of ECS and SQS. Assumed: they "are sent in 1-minute periods"."""
MINUTE = 60
HIGH_RESOLUTION_SEC = 10
"""An alarm with a period below a minute is evaluated this often, others every minute ("Evaluating an alarm")."""
REPEAT_SEC = 60
"""An alarm that stays in ALARM repeats its scaling actions every minute ("Alarm actions")."""


class Metric:
    """The published values by their second; alarms see each one after a delay."""

    def __init__(self, clock: Clock, *, delay_sec: float, keep_sec: float = 3600) -> None:
        self._clock = clock
        self.delay_sec = delay_sec
        self._keep_sec = keep_sec
        self._points: deque[tuple[float, float]] = deque()

    def put(self, value: float) -> None:
        """Publish *value* now."""
        self._points.append((self._clock.now, value))
        while self._points[0][0] < self._clock.now - self._keep_sec:
            self._points.popleft()

    def between(self, begin: float, end: float) -> list[float]:
        """Return the values published from the second *begin* to before *end*."""
        found = []
        for when, value in reversed(self._points):
            if when < begin:
                break
            if when < end:
                found.append(value)
        return found


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """An alarm as `aws_cloudwatch_metric_alarm` describes it; `period_sec` is 10, 30 or a multiple of 60."""

    period_sec: int
    evaluation_periods: int
    datapoints_to_alarm: int
    statistic: Statistic
    threshold: float
    comparison: ComparisonOperator
    missing_data: MissingData = "missing"

    def breaches(self, value: float) -> bool:
        """Whether *value* is on the wrong side of the threshold."""
        return COMPARISONS[self.comparison](value, self.threshold)


def aggregate(values: Sequence[float], statistic: Statistic) -> float:
    """Return the *statistic* of one value or more."""
    return STATISTICS[statistic](values)


class AlarmWatch:
    """
    Evaluates *metric* by *alarm*, and calls *act* with the datapoints, oldest first.

    It calls *act* when the alarm goes to ALARM, and every minute while it stays there.
    """

    def __init__(
        self, clock: Clock, random: Random, *, alarm: Alarm, metric: Metric, act: Callable[[list[float]], None]
    ) -> None:
        self._clock = clock
        self._alarm = alarm
        self._metric = metric
        self._act = act
        self.state: Literal["OK", "ALARM", "INSUFFICIENT_DATA"] = "INSUFFICIENT_DATA"
        self._acted = 0.0
        every = HIGH_RESOLUTION_SEC if alarm.period_sec < MINUTE else MINUTE
        clock.every(every, self._evaluate, first=random.uniform(0, every))

    def _evaluate(self) -> None:
        datapoints = self._datapoints()
        before, self.state = self.state, self._judge(datapoints)
        known = [value for value in datapoints if value is not None]
        if self.state != "ALARM" or not known:
            return
        if before != "ALARM" or self._clock.now - self._acted >= REPEAT_SEC:
            self._acted = self._clock.now
            self._act(known)

    def _datapoints(self) -> list[float | None]:
        """Return the statistic of each period that is over, for as many as the alarm evaluates; oldest first."""
        period = self._alarm.period_sec
        # Longer periods slide by the minute.
        step = min(period, MINUTE)
        end = (self._clock.now - self._metric.delay_sec) // step * step
        found: list[float | None] = []
        for number in range(self._alarm.evaluation_periods, 0, -1):
            begin = end - number * period
            values = self._metric.between(begin, begin + period)
            found.append(aggregate(values, self._alarm.statistic) if values else None)
        return found

    def _judge(self, datapoints: Sequence[float | None]) -> Literal["OK", "ALARM", "INSUFFICIENT_DATA"]:
        alarm = self._alarm
        known = [value for value in datapoints if value is not None]
        missing = len(datapoints) - len(known)
        over = sum(map(alarm.breaches, known))
        breaching = over + (missing if alarm.missing_data == "breaching" else 0)
        fine = len(known) - over + (missing if alarm.missing_data == "notBreaching" else 0)
        if breaching >= alarm.datapoints_to_alarm:
            return "ALARM"
        if not known and alarm.missing_data == "missing":
            return "INSUFFICIENT_DATA"
        if fine > alarm.evaluation_periods - alarm.datapoints_to_alarm:
            return "OK"
        return self.state
