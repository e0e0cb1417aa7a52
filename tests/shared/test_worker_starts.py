"""Promises of how long workers take to start, measured on the last starts of their service."""

import pytest

from constructs_lib.shared.worker_starts import DEFAULT_SEC, ENOUGH, MAX_SEC, MIN_SEC, READY_SEC, WorkerStarts
from constructs_lib.shared.workers_missing import ROUND_SEC


class Rounds:
    """Rounds of an autoscaler in which workers are ordered and start, and tasks come."""

    def __init__(self) -> None:
        self.starts = WorkerStarts()
        self.now_sec = 1000.0

    def note(self, sec: float, *, running: int, wanted: int | None = None, queued: int = 0, busy: int = 0) -> None:
        """Note the same numbers in the rounds of so many seconds; by default no worker is ordered."""
        for _ in range(round(sec / ROUND_SEC)):
            wants = running if wanted is None else wanted
            self.starts.note(self.now_sec, wanted=wants, running=running, queued=queued, busy=busy)
            self.now_sec += ROUND_SEC

    def start(self, *starts_sec: float) -> float:
        """Return the lead after workers that took *starts_sec*, one after another."""
        self.note(ROUND_SEC, running=0)
        for running, start_sec in enumerate(starts_sec):
            self.note(start_sec, running=running, wanted=running + 1)
            self.note(ROUND_SEC, running=running + 1)
        return self.starts.lead_sec

    def work(self, *, idle_sec: float = 0, waiting_sec: float, queued: int = 8, lost: int = 0) -> None:
        """Start two workers without older ones; they are idle, then tasks wait for them; *lost* ones always do."""
        self.note(ROUND_SEC, running=0, queued=lost)
        self.note(idle_sec, running=2, queued=lost)
        self.note(waiting_sec, running=2, queued=queued + lost)
        self.note(ROUND_SEC, running=2, queued=lost, busy=8)

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
    assert Rounds().start() == Rounds().start(200, 200, 200, 200) == DEFAULT_SEC


def test_six_of_ten_workers_are_ready_in_time() -> None:
    """The lead is the time in which six of ten of the last workers started, within limits."""
    assert Rounds().start(*[70] * 6, 250, 250, 250, 250) == 70 + READY_SEC
    assert Rounds().start(*[70] * 5, 250, 250, 250, 250, 250) == 250 + READY_SEC
    assert Rounds().start(*[5] * 5) == MIN_SEC
    assert Rounds().start(*[1000] * 5) == MAX_SEC


def test_each_worker_is_measured_from_its_own_order(rounds: Rounds) -> None:
    """Workers that are ordered later start later, and one that is no longer wanted is not measured."""
    rounds.note(5, running=0)
    rounds.note(50, running=0, wanted=3)
    rounds.note(10, running=0, wanted=6)
    rounds.note(10, running=3, wanted=6)
    rounds.note(40, running=3, wanted=5)
    rounds.note(5, running=5)

    assert rounds.starts.lead_sec == 60 + READY_SEC


def test_workers_that_run_already_are_no_starts(rounds: Rounds) -> None:
    """The workers that an autoscaler finds at its own start are not measured, nor those of a deployment."""
    for running in (5, 5, 8, 5, 8, 5):
        rounds.note(5, running=running, wanted=5)

    assert rounds.starts.lead_sec == DEFAULT_SEC


def test_workers_that_were_ordered_before_an_autoscaler_started_are_not_measured(rounds: Rounds) -> None:
    """Nobody knows when these were ordered; those that are ordered later are measured."""
    rounds.note(10, running=0, wanted=20)
    rounds.note(10, running=20)
    assert rounds.starts.lead_sec == DEFAULT_SEC

    rounds.note(60, running=20, wanted=25)
    rounds.note(5, running=25)
    assert rounds.starts.lead_sec == 60 + READY_SEC


def test_workers_that_start_while_no_round_takes_place_are_not_measured(rounds: Rounds) -> None:
    """If the database or AWS does not answer for minutes, nobody knows when workers started in them."""
    rounds.note(5, running=0)
    rounds.note(10, running=0, wanted=20)
    rounds.now_sec += 400
    rounds.note(5, running=20)

    assert rounds.starts.lead_sec == DEFAULT_SEC


def test_workers_that_need_long_until_they_work_are_ordered_earlier(rounds: Rounds) -> None:
    """If tasks wait for workers that run already, the lead is longer by what these need, from their start to work."""
    for _ in range(3):
        rounds.work(idle_sec=10, waiting_sec=15)

    assert rounds.ready_sec == 25


def test_a_measured_start_has_the_time_until_work_added(rounds: Rounds) -> None:
    """The time until work is added to that of measured starts too."""
    for _ in range(ENOUGH):
        rounds.note(5, running=0)
        rounds.note(70, running=0, wanted=2)
        rounds.note(20, running=2, queued=8)
        rounds.note(5, running=2, busy=8)

    assert rounds.starts.lead_sec == 70 + 20


@pytest.mark.parametrize("waiting_sec", [0, 5])
def test_workers_that_are_ready_before_their_work_measure_nothing(rounds: Rounds, waiting_sec: float) -> None:
    """Without tasks that wait for more than a round, the workers were idle and not late."""
    for _ in range(5):
        rounds.work(idle_sec=50, waiting_sec=waiting_sec)

    assert rounds.ready_sec == READY_SEC


def test_a_task_that_stays_queued_waits_for_no_worker(rounds: Rounds) -> None:
    """A task whose message is lost stays queued while workers are idle, and when they work."""
    for _ in range(5):
        rounds.work(idle_sec=40, waiting_sec=5, lost=1)
    assert rounds.ready_sec == READY_SEC

    for _ in range(3):
        rounds.work(waiting_sec=40, lost=1)
    assert rounds.ready_sec == 40


def test_workers_beside_others_measure_nothing(rounds: Rounds) -> None:
    """Where older workers are, tasks that run do not show that a new one works."""
    for _ in range(5):
        rounds.note(5, running=1, busy=4)
        rounds.note(20, running=2, queued=3, busy=4)
        rounds.note(5, running=2, busy=7)

    assert rounds.ready_sec == READY_SEC


def test_workers_that_stop_before_they_work_measure_nothing(rounds: Rounds) -> None:
    """The next workers are measured from their own start."""
    for _ in range(3):
        rounds.note(20, running=2, queued=8)
        rounds.note(5, running=0, queued=8)
        rounds.work(waiting_sec=15)

    assert rounds.ready_sec == 15


def test_workers_are_measured_from_the_first_of_them(rounds: Rounds) -> None:
    """More workers that start before any of them works do not begin the measurement anew."""
    for _ in range(3):
        rounds.note(5, running=0)
        rounds.note(15, running=1, queued=3)
        rounds.note(15, running=2, queued=3)
        rounds.note(5, running=2, busy=3)

    assert rounds.ready_sec == 30


def test_a_wait_that_is_too_long_for_a_start_measures_nothing(rounds: Rounds) -> None:
    """Workers that do not work for more than a minute have another reason, which no lead helps."""
    for _ in range(3):
        rounds.work(waiting_sec=65)
    assert rounds.ready_sec == READY_SEC

    for _ in range(3):
        rounds.work(waiting_sec=60)
    assert rounds.ready_sec == 60


def test_six_of_ten_late_workers_would_be_ready_in_time(rounds: Rounds) -> None:
    """Two slow ones of five do not count, and only the last five are remembered."""
    for waiting_sec in [45, 55, 45, 55, 45]:
        rounds.work(waiting_sec=waiting_sec)
    assert rounds.ready_sec == 45

    for _ in range(3):
        rounds.work(waiting_sec=15)
    assert rounds.ready_sec == 15
