"""Promises of how long workers take to start, measured on the last starts of their service."""

from constructs_lib.shared.worker_starts import DEFAULT_SEC, MAX_SEC, MIN_SEC, READY_SEC, WorkerStarts


def lead_sec(*starts_sec: float) -> float:
    """Return the lead after workers that took *starts_sec*, one after another."""
    starts = WorkerStarts()
    now = 0.0
    for running, start in enumerate(starts_sec):
        starts.note(now, wanted=running + 1, running=running)
        now += start
        starts.note(now, wanted=running + 1, running=running + 1)
    return starts.lead_sec


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
    starts = WorkerStarts()
    starts.note(0, wanted=3, running=0)
    starts.note(50, wanted=6, running=0)
    starts.note(60, wanted=6, running=3)
    starts.note(70, wanted=5, running=3)
    starts.note(110, wanted=5, running=5)

    assert starts.lead_sec == 60 + READY_SEC


def test_workers_that_run_already_are_no_starts() -> None:
    """The workers that an autoscaler finds at its own start are not measured, nor those of a deployment."""
    starts = WorkerStarts()
    for now, running in enumerate([5, 5, 8, 5, 8, 5]):
        starts.note(now, wanted=5, running=running)

    assert starts.lead_sec == DEFAULT_SEC
