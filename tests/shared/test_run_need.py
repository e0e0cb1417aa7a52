"""Promises of what a run needs, and of what is usual."""

import pytest

from constructs_lib.shared.run_need import DAY_SEC, WEEK_SEC, Group, PastRun, slots_needed, usual

HOUR_SEC = 3600
DUE_SEC = 20 * WEEK_SEC
"""A second that is far enough from the first one."""


@pytest.mark.parametrize(
    ("groups", "slots"),
    [
        ([], 0),
        ([Group(0, 6, 12, 720)], 12),
        # One after another.
        ([Group(0, 2, 5, 130), Group(3, 6, 4, 250), Group(17, 18, 3, 9000)], 5),
        ([Group(0, 6, 5, 300), Group(3, 6, 4, 250)], 9),
        # In the last ten seconds of the first three minutes.
        ([Group(0, 6, 5, 300), Group(17, 6, 9, 540)], 9),
        # Tasks of two seconds, as those that are deferred, share slots.
        ([Group(0, 0, 20, 40)], 6),
        ([Group(0, 0, 1, 9.9)], 1),
        ([Group(0, 0, 20, 40), Group(0, 1, 4, 60)], 10),
    ],
)
def test_a_need_is_the_maximum_at_one_time(groups: list[Group], slots: int) -> None:
    """Task instances that run at the same time need a slot each, and short ones share slots."""
    assert slots_needed(groups) == slots


def every(period_sec: float, *needs: int, shift_sec: float = 0) -> list[PastRun]:
    """Return a run for each of *needs*, the newest first, one period apart."""
    return [
        PastRun(DUE_SEC - number * period_sec + shift_sec, {"default": need})
        for number, need in enumerate(needs, start=1)
    ]


@pytest.mark.parametrize(
    ("past", "expected"),
    [
        pytest.param(every(DAY_SEC, 40, 41, 42, 43, 44, 45), (42, 5, 5), id="a regular DAG"),
        pytest.param(every(DAY_SEC, 400, 40, 42, 41, 4), (41, 3, 5), id="one run was ten times as large, one a tenth"),
        pytest.param(every(DAY_SEC, 40, 41), None, id="a new DAG"),
        pytest.param(every(DAY_SEC, 40, 400, 4), None, id="an irregular DAG"),
        pytest.param(every(DAY_SEC, 0, 0, 0), None, id="nothing to run"),
        pytest.param(every(600, 3, 5, 4, 4, 6), (4, 5, 5), id="every ten minutes"),
        pytest.param(every(WEEK_SEC, 90, 92, 94), (92, 3, 3), id="weekly"),
    ],
)
def test_the_median_of_alike_runs_is_usual(past: list[PastRun], expected: tuple[int, int, int] | None) -> None:
    """The median of the last five runs is usual if three of them are alike."""
    found = usual(past, DUE_SEC)

    assert (found and (found.slots["default"], found.alike, found.runs)) == expected


def slots(past: list[PastRun], due_sec: float) -> int:
    """Return what is usual; there must be something."""
    found = usual(past, due_sec)
    assert found is not None
    return found.slots["default"]


def test_the_same_weekday_counts_first() -> None:
    """A DAG that is larger on Mondays is forecast by its Mondays."""
    mondays = every(WEEK_SEC, *[100] * 5)
    moments = {run.due_sec for run in mondays}
    past = [*mondays, *(run for run in every(DAY_SEC, *[10] * 35) if run.due_sec not in moments)]

    assert slots(past, DUE_SEC) == 100
    assert slots(past, DUE_SEC + DAY_SEC) == 10


def test_the_same_hour_counts_before_the_last_runs() -> None:
    """An hourly DAG that is larger at one hour is forecast by that hour."""
    past = every(HOUR_SEC, *[100 if hour % 24 == 0 else 10 for hour in range(1, 24 * 5 + 1)])

    assert slots(past, DUE_SEC) == 100
    assert slots(past, DUE_SEC + HOUR_SEC) == 10


@pytest.mark.parametrize("shift_sec", [-HOUR_SEC, HOUR_SEC])
def test_the_clocks_change_no_forecast(shift_sec: float) -> None:
    """Runs of the same local hour count after the clocks have changed, before them an hour earlier or later."""
    past = [PastRun(run.due_sec, {"default": 5}) for run in every(12 * HOUR_SEC, 0, 0, 0, 0, 0, 0, 0)][::2]

    found = usual([*past, *every(DAY_SEC, 50, 50, 50, shift_sec=shift_sec)], DUE_SEC)

    assert found is not None
    assert found.slots == {"default": 50}


def test_each_queue_has_its_own_number() -> None:
    """Each queue has the median of its own slots."""
    past = [
        PastRun(DUE_SEC - number * DAY_SEC, {"default": 10, "large": number} if number < 3 else {"default": 11})
        for number in range(1, 6)
    ]
    found = usual(past, DUE_SEC)

    assert found is not None
    assert found.slots == {"default": 11, "large": 0}
    assert found.alike == 5
