"""Promises of when the autoscaler publishes how many workers are missing."""

import pytest

from constructs_lib.shared.forecast import Forecast, Run
from constructs_lib.shared.run_need import PastRun
from constructs_lib.shared.worker_starts import DEFAULT_SEC, MAX_SEC
from constructs_lib.shared.workers_missing import (
    AHEAD_SEC,
    ALARM_REPEAT_SEC,
    LASTING_SEC,
    READ_SEC,
    ROUND_SEC,
    Active,
    Bounds,
    ExpectedSlots,
    Publication,
    workers_needed,
)


@pytest.mark.parametrize(("instances", "workers"), [(0, 1), (4, 1), (5, 2), (40, 10), (41, 10)])
def test_workers_are_as_many_as_fill(instances: int, workers: int) -> None:
    """The number of workers follows from the slots, within the pool's bounds."""
    assert workers_needed(instances, slots=4, minimum=1, maximum=10) == workers


def published(*numbers: int) -> list[int]:
    """Return the numbers of the rounds that are published, of one number a round."""
    publication = Publication()
    rounds = []
    for number, missing in enumerate(numbers):
        if publication.is_due({"worker": missing}, number * ROUND_SEC):
            publication.note({"worker": missing}, number * ROUND_SEC)
            rounds.append(number)
    return rounds


def test_the_schedule_is_read_often_enough() -> None:
    """The schedule is read each minute, early enough to order workers for a run although they take five minutes."""
    assert READ_SEC == 60
    assert AHEAD_SEC >= MAX_SEC + ALARM_REPEAT_SEC + 4 * READ_SEC


def test_a_task_lasts_that_has_run_for_as_long_as_workers_take_to_start() -> None:
    """A task counts as lasting when it has run for about as long as a worker takes to start."""
    assert abs(LASTING_SEC - DEFAULT_SEC) <= 10


def test_zeros_are_published_now_and_then() -> None:
    """Zeros are published first and every half minute."""
    assert published(*[0] * 13) == [0, 6, 12]


def test_other_numbers_are_published_in_each_round() -> None:
    """Other numbers are published in each round, and so are zeros for 20 seconds after them."""
    assert published(0, 0, 2, 2, -1, *[0] * 12) == [0, 2, 3, 4, 5, 6, 7, 8, 14]


def test_what_could_not_be_published_is_due_again() -> None:
    """A number that could not be published stays due."""
    publication = Publication()

    assert publication.is_due({"worker": 0}, 0)
    assert publication.is_due({"worker": 0}, ROUND_SEC)
    assert not publication.is_due({}, ROUND_SEC)


POOL = Bounds(slots=4, minimum=0, maximum=100, prewarm_max=50)


@pytest.mark.parametrize(
    ("instances", "expected", "desired", "missing"),
    [
        pytest.param(0, ExpectedSlots(), 0, 0, id="nothing"),
        pytest.param(40, ExpectedSlots(), 0, 10, id="work alone"),
        pytest.param(0, ExpectedSlots(now=40, early=40, soon=40), 0, 10, id="a run that is due"),
        pytest.param(8, ExpectedSlots(now=40, early=40, soon=40), 4, 8, id="both"),
        pytest.param(0, ExpectedSlots(now=400, early=400, soon=400), 0, 50, id="no more than prewarm_max"),
        pytest.param(400, ExpectedSlots(now=40, early=40, soon=40), 90, 10, id="work beyond prewarm_max"),
        pytest.param(1000, ExpectedSlots(now=40, early=40, soon=40), 100, 0, id="no more than the maximum"),
        pytest.param(0, ExpectedSlots(soon=40), 12, -2, id="workers are kept for a run"),
        pytest.param(0, ExpectedSlots(soon=40), 4, 0, id="and not yet ordered"),
        pytest.param(0, ExpectedSlots(), 12, -12, id="workers without work"),
        pytest.param(0, ExpectedSlots(early=36, soon=36), 0, 0, id="nine in one step"),
        pytest.param(0, ExpectedSlots(early=140, soon=140), 0, 6, id="35 in a step of 29, and 6 before"),
        pytest.param(8, ExpectedSlots(early=132, soon=132), 6, 0, id="the rest has been ordered"),
    ],
)
def test_missing_workers_are_those_of_work_and_of_expected_runs(
    instances: int, expected: ExpectedSlots, desired: int, missing: int
) -> None:
    """Workers are added for work and for runs that are due, within the limits, and not removed before a run."""
    assert POOL.missing(Active(instances, instances), expected, desired=desired) == missing


def test_a_forecast_is_what_work_alone_does_not_need() -> None:
    """The forecast is the number of workers beyond those of the work."""
    assert POOL.forecast(Active(8, 8), ExpectedSlots(now=40)) == 10
    assert POOL.forecast(Active(400, 400), ExpectedSlots(now=40)) == 0


def test_a_pool_without_prewarm_follows_its_work_alone() -> None:
    """Without prewarm expected runs change nothing."""
    pool = Bounds(slots=4, minimum=1, maximum=10)
    expected = ExpectedSlots(now=40, early=40, soon=40)

    assert [pool.missing(Active(8, 8), expected, desired=desired) for desired in (1, 2, 5)] == [1, 0, -3]


def test_slots_are_expected_by_the_lead_of_the_pool() -> None:
    """Workers are ordered the lead before a run, the rest of a step a minute earlier, and kept for five minutes."""
    forecast = Forecast()
    forecast.expect(Run("nightly", 86_400), [PastRun(day * -86_400, {"default": 40}) for day in range(3)])

    def at(second: float, lead_sec: float = 90) -> tuple[int, int, int]:
        expected = ExpectedSlots.of(forecast, "default", 86_400 - second, lead_sec=lead_sec)
        return expected.now, expected.early, expected.soon

    assert [at(each) for each in (301, 300, 150, 90)] == [(0, 0, 0), (0, 0, 40), (0, 40, 40), (40, 40, 40)]
    assert at(340, lead_sec=300) == (0, 40, 40)


def test_tasks_that_have_just_started_are_taken_to_end_before_a_run() -> None:
    """Slots of tasks that have just started are not needed twice, and what runs now always has its workers."""
    expected = ExpectedSlots(now=40, early=40, soon=40)

    assert [POOL.missing(Active(20, lasting), expected, desired=5) for lasting in (0, 20)] == [5, 10]
    assert POOL.missing(Active(80, 0), expected, desired=5) == 15


@pytest.mark.parametrize(
    ("settings", "prewarm_max"),
    [
        ({}, 10),
        ({"least": 1}, 0),
        ({"prewarm": False}, 0),
        ({"least": 1, "prewarm": True}, 10),
        ({"least": 1, "prewarm": True, "prewarm_max": 3}, 3),
        ({"prewarm_max": 3}, 3),
    ],
)
def test_a_pool_that_can_be_empty_prewarms(settings: dict[str, int], prewarm_max: int) -> None:
    """A pool without a minimum orders workers ahead unless its settings say otherwise, up to its maximum."""
    pool = Bounds.of({"slots": 4, "least": 0, "most": 10} | settings)

    assert (pool.slots, pool.maximum, pool.prewarm_max) == (4, 10, prewarm_max)
