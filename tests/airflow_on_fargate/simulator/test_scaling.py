"""Promises of simulated Application Auto Scaling, each computed by hand from AWS's words."""

from dataclasses import replace

import pytest

from airflow_on_fargate.simulator.clock import Clock
from airflow_on_fargate.simulator.scaling import ScalableTarget, TargetTracking
from tests.airflow_on_fargate.simulator.pools import IN, OUT

CPU = TargetTracking(target=70, out_cooldown_sec=60, in_cooldown_sec=60)


class Service:
    """A service with a desired count."""

    def __init__(self, desired: int) -> None:
        self.desired = desired

    def set_desired(self, count: int) -> None:
        """Change it."""
        self.desired = count


def target(desired: int, *, minimum: int = 0, maximum: int = 100) -> ScalableTarget:
    """Return a scalable target at second 0."""
    return ScalableTarget(Clock(), Service(desired), minimum=minimum, maximum=maximum)


@pytest.mark.parametrize(
    ("missing", "added"), [(1, 1), (2, 2), (3, 3), (4, 3), (5, 5), (9, 5), (10, 10), (37, 10), (1.5, 1)]
)
def test_a_step_out_begins_with_its_lower_bound(missing: float, added: int) -> None:
    """A step of scaling out includes its lower bound, measured from the threshold."""
    scaled = target(20)
    OUT.act(scaled, [missing])

    assert scaled.capacity == 20 + added


@pytest.mark.parametrize(("surplus", "removed"), [(1, 1), (2, 2), (3, 3), (4, 3), (5, 5), (9, 5), (10, 10), (12, 10)])
def test_a_step_in_begins_with_its_upper_bound(surplus: int, removed: int) -> None:
    """A step of scaling in includes its upper bound, measured from the threshold."""
    scaled = target(20)
    IN.act(scaled, [-surplus])

    assert scaled.capacity == 20 - removed


def test_the_aggregation_decides_among_the_datapoints() -> None:
    """The aggregation type selects a value from the datapoints."""
    cautious, mean = target(20), target(20)
    IN.act(cautious, [-9, -2, -4])
    replace(IN, aggregation="Average").act(mean, [-9, -2, -4])

    assert (cautious.capacity, mean.capacity) == (18, 15)


def test_no_step_no_change() -> None:
    """A value without a step changes nothing."""
    scaled = target(20)
    OUT.act(scaled, [0.5])

    assert scaled.capacity == 20


def test_a_larger_step_adds_what_it_has_more_during_the_cooldown() -> None:
    """During a cooldown a larger step adds only the difference, as in AWS's example."""
    scaled = target(0)
    scaled.scale_out(2, cooldown_sec=300)
    scaled.clock.now = 299
    scaled.scale_out(3, cooldown_sec=300)

    assert scaled.capacity == 3


def test_a_step_as_large_adds_nothing_during_the_cooldown() -> None:
    """During a cooldown an equal step adds nothing, and afterwards all."""
    scaled = target(0)
    scaled.scale_out(2, cooldown_sec=300)
    scaled.scale_out(2, cooldown_sec=300)
    assert scaled.capacity == 2
    scaled.clock.now = 300
    scaled.scale_out(2, cooldown_sec=300)
    assert scaled.capacity == 4


def test_a_cooldown_blocks_further_scaling_in() -> None:
    """A cooldown prevents another scale-in until it has ended."""
    scaled = target(10)
    scaled.scale_in(2, cooldown_sec=300)
    scaled.scale_in(5, cooldown_sec=300)
    assert scaled.capacity == 8
    scaled.clock.now = 300
    scaled.scale_in(5, cooldown_sec=300)
    assert scaled.capacity == 3


def test_scaling_out_ends_the_cooldown_of_scaling_in() -> None:
    """Scaling out ignores and ends the cooldown of a scale-in."""
    scaled = target(10)
    scaled.scale_in(2, cooldown_sec=300)
    scaled.scale_out(1, cooldown_sec=0)
    scaled.scale_in(4, cooldown_sec=300)

    assert scaled.capacity == 5


def test_the_count_stays_within_its_bounds() -> None:
    """The count stays within its bounds, and a step without effect starts no cooldown."""
    scaled = target(3, minimum=2, maximum=4)
    scaled.scale_out(10, cooldown_sec=0)
    assert scaled.capacity == 4
    scaled.scale_in(10, cooldown_sec=60)
    assert scaled.capacity == 2
    scaled.scale_in(1, cooldown_sec=600)
    scaled.set(9)
    assert scaled.capacity == 4
    scaled.clock.now = 61
    scaled.scale_in(1, cooldown_sec=0)
    assert scaled.capacity == 3


@pytest.mark.parametrize(
    ("workers", "percent", "wanted"), [(1, 100, 2), (2, 100, 3), (10, 84, 12), (10, 70, 10), (10, 35, 5), (3, 1, 1)]
)
def test_target_tracking_changes_the_count_in_proportion(workers: int, percent: float, wanted: int) -> None:
    """Target tracking changes the count in proportion, rounded up."""
    scaled = target(workers)
    CPU.scale_out(scaled, [0, percent])
    assert scaled.capacity == max(workers, wanted)

    scaled = target(workers)
    CPU.scale_in(scaled, [0, percent])
    assert scaled.capacity == min(workers, wanted)


def test_target_tracking_begins_from_zero() -> None:
    """Target tracking scales out from zero as from one worker."""
    scaled = target(0)
    TargetTracking(target=1, out_cooldown_sec=0, in_cooldown_sec=0).scale_out(scaled, [6.5])

    assert scaled.capacity == 7


def test_target_tracking_has_the_alarms_of_aws() -> None:
    """Target tracking scales out after 3 minutes above the target, and in after 15 minutes below 90 % of it."""
    assert (CPU.out_alarm.threshold, CPU.out_alarm.evaluation_periods) == (70, 3)
    assert (CPU.in_alarm.threshold, CPU.in_alarm.evaluation_periods) == (63, 15)
    assert CPU.out_alarm.breaches(70.1)
    assert not CPU.out_alarm.breaches(70)
    assert not CPU.in_alarm.breaches(63)
