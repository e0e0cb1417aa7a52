"""The limits that the stage's scaling policy must keep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_on_fargate.simulator.outcome import duration

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow_on_fargate.simulator.comparison import Row
    from airflow_on_fargate.simulator.outcome import Outcome

BURST = "nightly burst"
MAX_OF_FIXED, MAX_OF_CPU_WAIT, MAX_WAKE_SEC = 0.2, 0.5, 110


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
