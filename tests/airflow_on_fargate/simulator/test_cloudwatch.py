"""Promises of simulated CloudWatch: how late metrics are seen, and what alarms make of them; each computed by hand."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from random import Random

import pytest
from typing_extensions import override

from airflow_on_fargate.simulator.clock import Clock
from airflow_on_fargate.simulator.cloudwatch import (
    Alarm,
    AlarmWatch,
    ComparisonOperator,
    Metric,
    MissingData,
    Statistic,
    aggregate,
)
from tests.airflow_on_fargate.simulator.pools import OUT

HIGH = OUT.alarm
STANDARD = replace(HIGH, period_sec=60, evaluation_periods=3, datapoints_to_alarm=3)


class AtOnce(Random):
    """Chance that has every alarm evaluated at the full minute."""

    @override
    def uniform(self, a: float, b: float) -> float:
        """Return the minimum."""
        return a


def acted(
    alarm: Alarm, values: Sequence[float | None], *, every: float, delay_sec: float = 0, until: float = 600
) -> list[tuple[float, list[float]]]:
    """Return when an alarm acted and on which datapoints; a value comes *every* so many seconds, None is omitted."""
    clock, seen = Clock(), []
    metric = Metric(clock, delay_sec=delay_sec)
    for number, value in enumerate(values):
        if value is not None:
            clock.after(number * every, partial(metric.put, value))
    AlarmWatch(clock, AtOnce(), alarm=alarm, metric=metric, act=lambda found: seen.append((clock.now, found)))
    clock.run(lambda when: when > until)
    return seen


def test_a_high_resolution_alarm_acts_after_its_period() -> None:
    """An alarm with a period of 10 s acts at the end of the first period that breaches."""
    assert acted(HIGH, [0, 0, 5, 0, 0], every=10, until=60) == [(30, [5])]


def test_a_metric_is_seen_when_it_has_arrived() -> None:
    """An alarm sees a datapoint only after the metric's delay."""
    assert acted(HIGH, [0, 0, 5, 0, 0], every=10, delay_sec=3, until=60) == [(40, [5])]


def test_a_standard_alarm_looks_once_a_minute_at_whole_minutes() -> None:
    """A standard alarm is evaluated at whole minutes."""
    assert acted(STANDARD, [0, 0, 7, 8, 9, 0], every=60, until=360) == [(300, [7, 8, 9])]


def test_an_alarm_that_stays_repeats_its_action_every_minute() -> None:
    """An alarm that stays in ALARM acts once a minute, also with a period of 10 s."""
    assert [when for when, _ in acted(HIGH, [5] * 20, every=10, until=200)] == [10, 70, 130, 190]


def test_an_alarm_that_comes_back_acts_at_once() -> None:
    """An alarm that returns from OK acts at once."""
    assert [when for when, _ in acted(HIGH, [5, 0, 5, 0], every=10, until=60)] == [10, 30]


@pytest.mark.parametrize(
    ("missing", "expected"), [("breaching", True), ("notBreaching", False), ("ignore", False), ("missing", False)]
)
def test_missing_data_counts_as_the_alarm_sets(missing: MissingData, expected: bool) -> None:
    """Missing data counts as configured."""
    alarm = replace(STANDARD, missing_data=missing)

    assert bool(acted(alarm, [7, None, 9, 0, 0], every=60, until=300)) is expected


def test_without_any_data_nothing_is_done() -> None:
    """Without any data an alarm does nothing, even if missing data breaches."""
    assert acted(replace(HIGH, missing_data="breaching"), [], every=10) == []


def test_ignored_data_keep_the_state() -> None:
    """With ignored missing data an alarm stays in ALARM and does not act as if it were new."""
    ignoring = replace(HIGH, missing_data="ignore")

    assert [when for when, _ in acted(ignoring, [5, None, None, 5], every=10, until=50)] == [10]
    assert [when for when, _ in acted(HIGH, [5, None, None, 5], every=10, until=50)] == [10, 40]


def test_some_of_the_periods_are_enough_if_it_says_so() -> None:
    """An alarm can need only some of its periods to breach."""
    alarm = replace(STANDARD, datapoints_to_alarm=2)

    assert acted(alarm, [7, 0, 9, 0, 0], every=60, until=300) == [(180, [7, 0, 9])]


def test_a_period_has_the_statistic_of_its_values() -> None:
    """A period has the configured statistic of its values."""
    values = [5, 1, 3] * 3
    expected: dict[Statistic, int] = {"Minimum": 1, "Average": 3, "Maximum": 5, "Sum": 9}
    for statistic, value in expected.items():
        alarm = replace(STANDARD, statistic=statistic, threshold=value)
        assert acted(alarm, values, every=20, until=180) == [(180, [value] * 3)]
        assert aggregate([5, 1, 3], alarm.statistic) == value


@pytest.mark.parametrize(
    ("comparison", "breaching"),
    [
        ("GreaterThanOrEqualToThreshold", [1, 2]),
        ("GreaterThanThreshold", [2]),
        ("LessThanOrEqualToThreshold", [0, 1]),
        ("LessThanThreshold", [0]),
    ],
)
def test_each_comparison_means_what_it_says(comparison: ComparisonOperator, breaching: list[int]) -> None:
    """Each comparison operator works as in CloudWatch."""
    alarm = replace(HIGH, comparison=comparison)

    assert [value for value in (0, 1, 2) if alarm.breaches(value)] == breaching


def test_old_values_are_forgotten() -> None:
    """Values that no alarm needs are deleted."""
    clock = Clock()
    metric = Metric(clock, delay_sec=0, keep_sec=60)
    clock.every(10, lambda: metric.put(1))
    clock.run(lambda when: when > 1000)

    assert len(metric.between(0, 2000)) == 7
