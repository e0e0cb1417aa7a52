"""Promises of the simulated service: who is stopped, and what becomes of the tasks."""

import pytest

from airflow_on_fargate.simulator.worker import AFTER_SEC, BEFORE_SEC, COLD_SEC
from constructs_lib.shared.worker import QUIET_SEC, hand_back_after_sec
from tests.airflow_on_fargate.simulator.fleet import Fleet


def test_scale_in_takes_idle_workers_only() -> None:
    """A scale-in stops only idle workers."""
    fleet = Fleet(5)
    [instance] = fleet.send(1000)
    fleet.run(1)
    fleet.service.set_desired(1)
    fleet.run(60)

    assert len(fleet.service.workers) == 1
    fleet.run(1100)
    assert instance.state == "success"


def test_a_protected_worker_goes_once_it_is_idle() -> None:
    """A protected worker is stopped soon after its last task."""
    fleet = Fleet(1)
    [instance] = fleet.send(300)
    fleet.run(1)
    fleet.service.set_desired(0)
    fleet.run(300 + QUIET_SEC)
    assert (instance.state, fleet.running) == ("success", 1)
    fleet.run(360)
    assert (fleet.running, fleet.service.workers) == (0, [])


def test_a_worker_stays_protected_between_two_tasks() -> None:
    """A worker stays protected between two tasks within the quiet time."""
    fleet = Fleet(1)
    fleet.send(60)
    fleet.run(1)
    fleet.service.set_desired(0)
    fleet.run(60 + QUIET_SEC - 5)
    [instance] = fleet.send(1000)
    fleet.run(500)
    assert (instance.state, fleet.running) == ("running", 1)


def test_no_more_are_stopped_than_are_too_many() -> None:
    """A scale-in stops no more workers than there are too many."""
    fleet = Fleet(5)
    fleet.service.set_desired(3)
    fleet.run(300)

    assert fleet.running == len(fleet.service.workers) == 3


def test_a_slot_is_slow_with_its_first_task() -> None:
    """The first task of each slot takes longer."""
    fleet = Fleet(0)
    instances = fleet.send(*[10] * 8)
    fleet.service.set_desired(1)
    fleet.run(300)
    starts = [each.started_sec or 0 for each in instances]
    warm = Fleet(1)
    [instance] = warm.send(10)
    warm.run(20)

    assert starts == [starts[0]] * 4 + [starts[4]] * 4
    assert starts[4] - starts[0] == pytest.approx(10 + AFTER_SEC + BEFORE_SEC)
    assert instance.started_sec == pytest.approx(BEFORE_SEC)
    assert starts[0] - fleet.broker.asked_sec[0] == pytest.approx(BEFORE_SEC + COLD_SEC)


def test_an_unprotected_worker_cuts_long_tasks_off() -> None:
    """An unprotected worker loses the tasks that do not end within the stop timeout."""
    fleet = Fleet(1, protects=False)
    short, long = fleet.send(100, 1000)
    fleet.run(1)
    fleet.service.set_desired(0)
    fleet.run(2000)

    assert (short.state, long.state) == ("success", "cut off")
    assert long.ended_sec == pytest.approx(1 + 5 + 120)


@pytest.mark.parametrize("protects", [True, False])
def test_a_task_that_ends_just_before_its_worker_is_a_success(protects: bool) -> None:
    """A task that has ended counts as a success even if its worker is killed during the upload of the log."""
    fleet = Fleet(1, protects=protects)
    fleet.service.set_desired(0)
    fleet.run(4.9)
    killed_sec = 5 + (hand_back_after_sec(120) if protects else 120)
    [instance] = fleet.send(killed_sec - AFTER_SEC / 2 - 4.9 - BEFORE_SEC)
    fleet.run(200)

    assert instance.state == "success"
    assert instance.ended_sec == pytest.approx(killed_sec - AFTER_SEC / 2)
    assert (fleet.handed_back, fleet.service.workers) == ([], [])


def test_a_task_whose_worker_is_killed_before_it_begins_never_runs() -> None:
    """A task whose worker is killed before the task starts never runs."""
    fleet = Fleet(0, protects=False, stop_timeout_sec=2)
    [instance] = fleet.send(10)
    fleet.service.set_desired(1)
    fleet.clock.run(lambda _: bool(fleet.broker.asked_sec))
    fleet.service.set_desired(0)
    fleet.service.workers[0].stop()
    fleet.run(fleet.clock.now + 60)

    assert (instance.state, instance.started_sec) == ("cut off", None)


def test_a_worker_that_is_stopped_all_the_same_hands_back() -> None:
    """A worker that is stopped just before it is protected hands back what does not end in time."""
    fleet = Fleet(1)
    fleet.service.set_desired(0)
    fleet.run(4.9)
    short, long = fleet.send(60, 1000)
    fleet.run(2000)

    assert (short.state, fleet.handed_back) == ("success", [long])
    assert fleet.service.workers == []


def test_a_stopping_worker_takes_nothing_more() -> None:
    """A worker takes no task after SIGTERM."""
    fleet = Fleet(1)
    fleet.service.set_desired(0)
    fleet.run(5.1)
    [instance] = fleet.send(10)
    fleet.service.set_desired(1)
    fleet.run(30)
    before = instance.state
    fleet.run(200)
    assert (before, instance.state) == ("queued", "success")


def test_one_that_is_still_to_start_can_be_stopped() -> None:
    """A worker that is stopped during its start takes no task."""
    fleet = Fleet(0)
    fleet.service.set_desired(2)
    fleet.run(6)
    fleet.service.set_desired(0)
    fleet.run(300)

    assert fleet.service.workers == []


def test_a_worker_runs_as_many_as_it_has_slots() -> None:
    """A worker runs as many tasks at a time as it has slots."""
    fleet = Fleet(1)
    instances = fleet.send(50, 50, 50, 50, 50)
    fleet.run(10)
    assert [each.state for each in instances] == ["running"] * 4 + ["queued"]
    fleet.run(110)
    assert [each.state for each in instances] == ["success"] * 5


def test_seconds_are_counted_from_launch_to_end() -> None:
    """A worker's seconds are counted from its image pull to its end."""
    fleet = Fleet(2)
    fleet.run(3595)
    fleet.service.set_desired(1)
    fleet.run(7200)

    assert fleet.service.count_seconds() == pytest.approx(10800, abs=25)


def test_cpu_is_that_of_the_busy_slots() -> None:
    """CPU is the mean of the running workers' busy slots, and undefined without workers."""
    fleet = Fleet(2)
    assert fleet.service.cpu_percent == 3
    fleet.send(100, 100, 100, 100)
    assert fleet.service.cpu_percent == pytest.approx(3 + 97 / 2)
    assert Fleet(0).service.cpu_percent is None
