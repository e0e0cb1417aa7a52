"""The limits that the stage's scaling policy must keep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_on_fargate.simulator.outcome import duration
from constructs_lib.shared.forecast import PREWARM_TIMEOUT_SEC
from constructs_lib.shared.worker_starts import DEFAULT_SEC
from constructs_lib.shared.workers_missing import ALARM_REPEAT_SEC

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow_on_fargate.simulator.comparison import Row
    from airflow_on_fargate.simulator.outcome import Outcome
    from airflow_on_fargate.simulator.stage import Pool

BURST = "nightly burst"
MAX_OF_FIXED, MAX_OF_CPU_WAIT, MAX_WAKE_SEC = 0.2, 0.5, 110
MAX_AHEAD_P50_SEC, MAX_AHEAD_P95_SEC, MAX_OF_FOLLOWING = 5, 20, 1.1


@dataclass(frozen=True)
class Check:
    """A figure, its limit, and whether it is kept."""

    what: str
    figure: str
    limit: str
    kept: bool


def checks(workloads: Mapping[str, Sequence[Row]], wake: Outcome) -> list[Check]:
    """Return each figure with its limit."""
    own, computing, _, fleet = (row.outcome for row in workloads[BURST])
    of_fixed = own.worker_hours / fleet.worker_hours
    of_cpu_wait, of_cpu_hours = own.wait_p95_sec / computing.wait_p95_sec, own.worker_hours / computing.worker_hours
    cut_off = sum(rows[0].outcome.cut_off for rows in workloads.values())
    return [
        Check(
            f"{BURST}: worker-hours, compared with a fixed fleet with the same p95 wait",
            f"{of_fixed:.3f} x",
            f"{MAX_OF_FIXED} x",
            of_fixed <= MAX_OF_FIXED,
        ),
        Check(
            f"{BURST}: p95 wait, compared with the CPU policy when tasks compute",
            f"{of_cpu_wait:.2f} x",
            f"{MAX_OF_CPU_WAIT} x",
            of_cpu_wait <= MAX_OF_CPU_WAIT,
        ),
        Check(
            f"{BURST}: worker-hours, compared with the CPU policy", f"{of_cpu_hours:.2f} x", "1 x", of_cpu_hours <= 1
        ),
        Check("task instances cut off, all workloads", f"{cut_off}", "0", cut_off == 0),
        Check(
            "from no worker to a task instance that runs, p50",
            duration(wake.wait_p50_sec),
            f"{MAX_WAKE_SEC} s",
            wake.wait_p50_sec <= MAX_WAKE_SEC,
        ),
    ]


def schedule_checks(
    scheduled: Mapping[str, Sequence[Row]], wrong: Mapping[str, tuple[Outcome, Outcome]], pool: Pool
) -> list[Check]:
    """Return each figure of workers that are ordered ahead; *wrong* has the outcomes without and with the schedule."""
    found = []
    for name, rows in scheduled.items():
        following, own = rows[0].outcome, rows[1].outcome
        for percent, wait_sec, limit in (
            (50, own.wait_p50_sec, MAX_AHEAD_P50_SEC),
            (95, own.wait_p95_sec, MAX_AHEAD_P95_SEC),
        ):
            found.append(Check(f"{name}: p{percent} wait", duration(wait_sec), f"{limit} s", wait_sec <= limit))
        ratio = own.worker_hours / following.worker_hours
        what = f"{name}: worker-hours, compared with following the work"
        found.append(Check(what, f"{ratio:.2f} x", f"{MAX_OF_FOLLOWING} x", ratio <= MAX_OF_FOLLOWING))
    limit_min = interval_sec(pool) / 60
    costs = [
        (own.worker_hours - following.worker_hours) / own.ahead * 60 for following, own in wrong.values() if own.ahead
    ]
    what = "a wrong forecast: additional minutes of each worker that it ordered"
    return [*found, Check(what, f"{max(costs):.1f} min", f"{limit_min:.1f} min", max(costs) <= limit_min)]


def interval_sec(pool: Pool) -> float:
    """Return how long a worker runs that was ordered for a run that does not come: until the pool scales in."""
    return DEFAULT_SEC + ALARM_REPEAT_SEC + PREWARM_TIMEOUT_SEC + pool.surplus_sec + ALARM_REPEAT_SEC
