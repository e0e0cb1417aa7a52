"""Write docs/performance-prewarm.md."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.dag_bundles.page import percentile
from benchmarks.prewarm.pairs import CYCLE_MIN, PAIRS, TASK_SEC, TASKS
from benchmarks.prewarm.workers import START_SEC
from benchmarks.report import DOCS, machine

MEASURED = DOCS / "performance-prewarm.json"
"""The measurements by mode; a run of one mode keeps those of the others."""
NOT_MEASURED = "Not measured."
WAIT_SEC = 5
"""The limit of the p50 of the waits with workers ahead."""
MODES = {
    "processes": "Airflow's processes run on this machine, from a copy of the project.",
    "containers": "All of Airflow, its workers too, runs in containers of the built image.",
}


def keep(mode: str, result: Mapping[str, Any]) -> None:
    """Replace the old measurements of a *mode* by the new ones, and write the page."""
    measured = json.loads(MEASURED.read_text()) if MEASURED.exists() else {}
    measured |= {mode: result}
    MEASURED.write_text(json.dumps(measured, indent=1, sort_keys=True) + "\n")
    (DOCS / "performance-prewarm.md").write_text(page(measured, machine()))


def waits(result: Mapping[str, Any], kind: str) -> list[float]:
    """Return the waits of all tasks of all rounds in the pools of a *kind*, `ahead` or `reactive`."""
    return [wait for each in result["rounds"] for wait in each[kind]]


def is_good(result: Mapping[str, Any]) -> bool:
    """Whether the *result* is within the limit."""
    return percentile(waits(result, "ahead"), 0.5) <= WAIT_SEC


def page(measured: Mapping[str, Any], measured_on: str) -> str:
    """Return the page's text: *measured* by mode, and the machine that it was *measured_on*."""
    modes = "\n\n".join(
        f"## In {mode}\n\n{sentence}\n\n{_mode(measured.get(mode))}" for mode, sentence in MODES.items()
    )
    return f"""# Performance: workers before scheduled runs

Written by `python -m benchmarks.prewarm` (`make benchmarks-prewarm`), on {measured_on}.

Two pools have the same work: a DAG of {TASKS} tasks, each {TASK_SEC} s long, all ready at once, due every {CYCLE_MIN}
minutes. One pool has `prewarm=True`, and its workers are started before the run is due. The other has `prewarm=False`,
and its workers are started when tasks are queued. There are {len(PAIRS)} such pairs, due at different minutes. Both
pools of a pair are empty before each run; they scale in after one minute without work.

The wait is the time from ready (`scheduled_dttm`) to running (`start_date`) of each task. The worker-hours are those of
all workers of a kind of pool during the measurement, from the order to the exit.

What is real: Airflow with its scheduler, the autoscaler and its metric, the workers, the stage's scaling policies and
alarms. What stands in for AWS on this machine: CloudWatch's alarms and Application Auto Scaling, as in
[the simulator](elasticity.md#what-is-assumed), and ECS. It starts a worker's process {START_SEC} s after the order; the
worker itself then takes some seconds, as on Fargate. Nothing here was measured on AWS.

The forecast needs earlier runs. Airflow has caught up on some before the first round, and their times were moved to
when they were due.

{modes}
"""


def _mode(result: Mapping[str, Any] | None) -> str:
    if not result:
        return NOT_MEASURED
    names = {"ahead": "`prewarm=True`", "reactive": "`prewarm=False`"}
    rows = "\n".join(
        f"| {name} | {len(waits(result, kind))} | {_seconds(waits(result, kind))}"
        f" | {f'p50 {WAIT_SEC} s' if kind == 'ahead' else '-'} | {result['worker_hours'][kind]:.2f} |"
        for kind, name in names.items()
    )
    return f"""| workers | waits | p50 | p95 | maximum | limit | worker-hours |
|---|---|---|---|---|---|---|
{rows}

{len(result["rounds"])} runs of each kind of pool.{_not_empty(result["not_empty"])} The load of the machine in the last
15 minutes was {result["load"]:g}."""


def _not_empty(number: int) -> str:
    return f" {number} more do not count, because a pool was not empty before." if number else ""


def _seconds(values: Sequence[float]) -> str:
    return " | ".join(f"{percentile(values, part):.1f} s" for part in (0.5, 0.95, 1))
