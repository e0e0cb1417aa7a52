"""Compare the simulator with a recorded run of the real Airflow, `local_run.csv`; `record.py` writes it."""

import csv
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from airflow_on_fargate.simulator.contenders import fixed
from airflow_on_fargate.simulator.history import read_history
from airflow_on_fargate.simulator.outcome import percentile
from airflow_on_fargate.simulator.report import TOLERANCE_PERCENT
from airflow_on_fargate.simulator.simulation import simulate
from tests.airflow_on_fargate.simulator.pools import pool as one_pool

RECORDED = Path(__file__).with_name("local_run.csv")
POOL = one_pool(maximum=1)


def recorded() -> tuple[float, float, float]:
    """Return the makespan, p50 and p95 wait that the real one had."""
    with RECORDED.open(newline="") as opened:
        rows = [
            [datetime.fromisoformat(row[column]).timestamp() for column in ("scheduled_dttm", "start_date", "end_date")]
            for row in csv.DictReader(opened)
        ]
    waits = [start - ready for ready, start, _ in rows]
    makespan = max(end for *_, end in rows) - min(ready for ready, *_ in rows)
    return makespan, percentile(waits, 50), percentile(waits, 95)


def simulated(*, slots: int) -> tuple[float, float, float]:
    """Return the same of the simulator, for one worker."""
    pool = replace(POOL, slots=slots)
    work = read_history(RECORDED, queue="default", queues=("default",))
    fleet = fixed(pool, 1)
    # When it was recorded, no task was queued for a slot that was taken.
    as_recorded = replace(fleet, limits=replace(fleet.limits, parallelism=slots, max_active_tasks_per_dag=slots))
    outcome = simulate(pool, as_recorded, work, seed=1)
    return outcome.makespan_sec, outcome.wait_p50_sec, outcome.wait_p95_sec


def test_it_takes_as_long_as_the_real_one() -> None:
    """The simulation matches the real run within the tolerance in docs/elasticity.md."""
    assert simulated(slots=4) == pytest.approx(recorded(), rel=TOLERANCE_PERCENT / 100)


def test_another_worker_would_take_another_time() -> None:
    """The comparison with the real run fails with another number of slots."""
    for slots in (3, 5):
        assert simulated(slots=slots) != pytest.approx(recorded(), rel=TOLERANCE_PERCENT / 100)
