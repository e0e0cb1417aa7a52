"""Promises of how long workers take to start, measured on the last starts of their service."""

import pytest

from constructs_lib.shared.worker_starts import (
    DEFAULT_SEC,
    ENOUGH,
    MAX_SEC,
    MIN_SEC,
    READY_SEC,
    WorkerStarts,
)

ROUND_SEC = 5
SLOTS = 4


def lead_sec(*starts_sec: float) -> float:
    """Return the lead after workers that took *starts_sec*, one after another."""
    starts = WorkerStarts(slots=SLOTS)
    now = 0.0
    for running, start in enumerate(starts_sec):
        starts.note(now, wanted=running + 1, running=running, queued=0, busy=0)
        now += start
        starts.note(now, wanted=running + 1, running=running + 1, queued=0, busy=0)
    return starts.lead_sec


class Rounds:
    """Rounds of an autoscaler in which two workers start, tasks come, and the workers stop again."""

    def __init__(self) -> None:
        self.starts = WorkerStarts(slots=SLOTS)
        self._now = 0.0

    def note(self, rounds: int, *, running: int, queued: int = 0, busy: int = 0) -> None:
        """Note the same numbers in some *rounds*."""
        for _ in range(rounds):
            self.starts.note(self._now, wanted=running, running=running, queued=queued, busy=busy)
            self._now += ROUND_SEC

    def order(self, *, start_sec: float) -> None:
        """Order two workers, which run after *start_sec*."""
        self.starts.note(self._now, wanted=2, running=0, queued=0, busy=0)
        self._now += start_sec

    def run(self, *, idle: int, waiting: int, older: int = 0) -> None:
        """Start two workers beside *older* ones that are busy; they are *idle* for rounds, then tasks are *waiting*."""
        self.note(1 if older else 0, running=older, busy=older * SLOTS)
        self.note(idle, running=older + 2, busy=older * SLOTS)
        self.note(waiting, running=older + 2, queued=3, busy=older * SLOTS)
        self.note(1, running=older + 2, busy=older * SLOTS + 3)
        self.note(1, running=older)

    @property
    def ready_sec(self) -> float:
        """How much of the lead is for workers that run but do not work yet."""
        return self.starts.lead_sec - (DEFAULT_SEC - READY_SEC)


@pytest.fixture
def rounds() -> Rounds:
    """Return rounds in which nothing has happened."""
    return Rounds()


def test_few_starts_measure_nothing() -> None:
    """Until five workers have started, the default counts."""
    assert lead_sec() == lead_sec(200, 200, 200, 200) == DEFAULT_SEC


def test_six_of_ten_workers_are_ready_in_time() -> None:
    """The lead is the time in which six of ten of the last workers started, within limits."""
    assert lead_sec(*[70] * 6, 250, 250, 250, 250) == 70 + READY_SEC
    assert lead_sec(*[70] * 5, 250, 250, 250, 250, 250) == 250 + READY_SEC
    assert lead_sec(*[1] * 5) == MIN_SEC
    assert lead_sec(*[1000] * 5) == MAX_SEC


def test_each_worker_is_measured_from_its_own_order() -> None:
    """Workers that are ordered later start later, and one that is no longer wanted is not measured."""
    starts = WorkerStarts(slots=SLOTS)
    for now, wanted, running in [(0, 3, 0), (50, 6, 0), (60, 6, 3), (70, 5, 3), (110, 5, 5)]:
        starts.note(now, wanted=wanted, running=running, queued=0, busy=0)

    assert starts.lead_sec == 60 + READY_SEC


def test_workers_that_run_already_are_no_starts() -> None:
    """The workers that an autoscaler finds at its own start are not measured, nor those of a deployment."""
    starts = WorkerStarts(slots=SLOTS)
    for now, running in enumerate([5, 5, 8, 5, 8, 5]):
        starts.note(now, wanted=5, running=running, queued=0, busy=0)

    assert starts.lead_sec == DEFAULT_SEC


@pytest.mark.parametrize("older", [0, 3])
def test_workers_that_need_long_until_they_work_are_ordered_earlier(rounds: Rounds, older: int) -> None:
    """If tasks wait for workers that run already, the lead is longer by what these need, from their start to work."""
    rounds.run(idle=2, waiting=3, older=older)

    assert rounds.ready_sec == 5 * ROUND_SEC


def test_a_measured_start_has_the_time_until_work_added(rounds: Rounds) -> None:
    """The time until work is added to that of measured starts too."""
    for _ in range(ENOUGH):
        rounds.order(start_sec=70)
        rounds.run(idle=0, waiting=4)

    assert rounds.starts.lead_sec == 70 + 4 * ROUND_SEC


@pytest.mark.parametrize("waiting", [0, 1])
def test_workers_that_are_ready_before_their_work_measure_nothing(rounds: Rounds, waiting: int) -> None:
    """Without tasks that wait for more than a round, the workers were idle and not late."""
    rounds.run(idle=10, waiting=waiting)

    assert rounds.ready_sec == READY_SEC


def test_tasks_on_older_workers_do_not_show_that_a_new_one_works(rounds: Rounds) -> None:
    """Only tasks for which the older workers have no slots run on the new ones."""
    rounds.note(1, running=1, busy=SLOTS)
    rounds.note(4, running=2, queued=3, busy=SLOTS)
    rounds.note(1, running=2, busy=SLOTS + 1)

    assert rounds.ready_sec == 4 * ROUND_SEC


def test_workers_that_stop_before_they_work_measure_nothing(rounds: Rounds) -> None:
    """The next workers are measured from their own start."""
    rounds.note(4, running=2, queued=3)
    rounds.note(1, running=0, queued=3)
    rounds.run(idle=0, waiting=3)

    assert rounds.ready_sec == 3 * ROUND_SEC


def test_a_wait_that_is_too_long_for_a_start_measures_nothing(rounds: Rounds) -> None:
    """Workers that do not work for more than a minute have another reason, which no lead helps."""
    rounds.run(idle=0, waiting=13)
    assert rounds.ready_sec == READY_SEC

    rounds.run(idle=0, waiting=12)
    assert rounds.ready_sec == 60


def test_workers_are_measured_from_the_first_of_them(rounds: Rounds) -> None:
    """More workers that start before any of them works do not begin the measurement anew."""
    rounds.note(3, running=1, queued=3)
    rounds.note(3, running=2, queued=3)
    rounds.note(1, running=2, busy=3)

    assert rounds.ready_sec == 6 * ROUND_SEC


def test_six_of_ten_late_groups_of_workers_would_be_ready_in_time(rounds: Rounds) -> None:
    """One slow group among quick ones does not count, and only the last five are remembered."""
    for waiting in [9, 9, 9, 9, 11]:
        rounds.run(idle=0, waiting=waiting)
    assert rounds.ready_sec == 9 * ROUND_SEC

    for _ in range(5):
        rounds.run(idle=0, waiting=5)
    assert rounds.ready_sec == 5 * ROUND_SEC
