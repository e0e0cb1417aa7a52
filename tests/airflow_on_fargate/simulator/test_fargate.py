"""Promises of simulated Fargate."""

from random import Random

import pytest

from airflow_on_fargate.simulator.fargate import LaunchRate, pending_sec, worker_sec


def test_a_burst_of_launches_is_followed_by_the_sustained_rate() -> None:
    """A hundred launches start at once, and later ones at the sustained rate until the bucket is full again."""
    rate = LaunchRate()

    assert [rate.wait_sec(0) for _ in range(100)] == [0] * 100
    assert [rate.wait_sec(0) for _ in range(3)] == pytest.approx([0.05, 0.1, 0.15])
    assert rate.wait_sec(0.2) == 0
    assert [rate.wait_sec(60) for _ in range(100)] == [0] * 100
    assert rate.wait_sec(60) == pytest.approx(0.05)


def test_a_start_takes_what_others_have_seen() -> None:
    """The start of our image is within the range that others report."""
    random = Random(1)
    ours = sorted(pending_sec(random) for _ in range(2001))
    large = sorted(pending_sec(random, image_mb=900) for _ in range(2001))

    assert large[1000] == pytest.approx(70, rel=0.03)
    assert ours[1000] == pytest.approx(49.9, rel=0.03)
    assert 20 < ours[20] < ours[-20] < 100


@pytest.mark.parametrize(("cpu", "seconds"), [(256, 11.9), (512, 5.4), (1024, 3.0), (4096, 3.0)])
def test_a_small_worker_takes_longer_to_start(cpu: int, seconds: float) -> None:
    """A worker with less CPU takes longer to start."""
    assert worker_sec(cpu) == pytest.approx(seconds)
