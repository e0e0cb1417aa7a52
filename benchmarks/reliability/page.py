"""Write docs/reliability.md and its picture."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from benchmarks.chart import draw_bars
from benchmarks.reliability.bundle_faults import BUNDLE_FAULTS
from benchmarks.reliability.fault import Fault, Row
from benchmarks.reliability.faults import FAULTS
from benchmarks.reliability.git_faults import GIT_FAULTS
from benchmarks.reliability.restarts import EVENT_SEC, RUNS, STOP_TIMEOUT_SEC, VISIBILITY_TIMEOUT_SEC, Restarts
from benchmarks.report import DOCS, machine
from constructs_lib.airflow import environment

COMMAND = "python -m benchmarks.reliability"
MEASURED = DOCS / "reliability.json"
"""The measurements by key; a run of some faults keeps those of the others."""
CHART = DOCS / "reliability.svg"
NOT_MEASURED = "not measured"


def keep(key: str, result: Row | Restarts) -> None:
    """Replace the old measurements by the new ones, and write the page."""
    measured = json.loads(MEASURED.read_text()) if MEASURED.exists() else {}
    MEASURED.write_text(json.dumps({**measured, key: asdict(result)}, indent=1, sort_keys=True) + "\n")
    _write_page()


def _write_page() -> None:
    """Write the effects of faults, and of workers that start and stop."""
    measured = json.loads(MEASURED.read_text())
    recovered = {key: row.recovered_sec for key, row in _rows(measured).items()}
    CHART.write_text(draw_bars("Recovered after, seconds", recovered))
    (DOCS / "reliability.md").write_text(page(measured, machine()))


def page(measured: Mapping[str, Any], measured_on: str) -> str:
    """Return the page's text: *measured* by fault and run, and the machine that it was *measured_on*."""
    rows = _rows(measured)
    faults = "\n".join(_row(fault, rows.get(fault.key)) for fault in FAULTS)
    bundle_faults = "\n".join(
        _row(fault, rows.get(fault.key), with_version=True) for fault in (*BUNDLE_FAULTS, *GIT_FAULTS)
    )
    return f"""# Reliability

Written by `{COMMAND}` (`make reliability`, or `make reliability FAULT=kill-worker` for one row), on {measured_on}.

The stack is the one of `make local`, with an AWS endpoint on this machine: nothing here was measured on AWS.

## Faults

Each row is a separate run: 16 task instances of 1 to 6 s on a worker with 4 slots, and an on-demand task of 20 s in a
container, while a fault happens. *Lost* are task instances that did not succeed. *Run twice* are those that ran to
their end more than once. *Retried* are the tries after the first; the number in parentheses is the maximum, the tries
that were killed. *Recovered after* is the time from the end of the fault until a task of a new run has ended; that
task also waits for those that were queued before, as the first row shows.

| what | lost | run twice | retried | recovered after | |
|---|---|---|---|---|---|
{faults}

![How long each took]({CHART.name})

## DAGs in a bundle

The same, in a stage with `dags=DagsInS3()`; in the rows `git-…` with `DagsInGit()`, and a Git server on this machine.
Versions are pushed while the run of the 16 task instances is active.
*Wrong version* are task instances that read their DAG from another version than the one of their run.

| what | lost | run twice | wrong version | retried | recovered after | |
|---|---|---|---|---|---|---|
{bundle_faults}

{_workers(measured)}"""


def _workers(measured: Mapping[str, Any]) -> str:
    restarts = {name: Restarts(**measured[name]) for name in RUNS if name in measured}
    runs = "\n".join(_run(name, restarts.get(name)) for name in RUNS)
    return f"""## Workers that come and go

200 task instances, 80 % of them short and the others of 20 to 60 s. Every {EVENT_SEC} s one of one to three workers
is stopped, or one more is started, at random. A worker that must stop has {STOP_TIMEOUT_SEC} s, less than the longest
task takes. It hands back tasks that cannot end in time. With SIGKILL, a worker is killed once a minute with all its
tasks. For that, a message is delivered again after {VISIBILITY_TIMEOUT_SEC} s and a killed task is noticed after 60 s,
instead of {environment.VISIBILITY_TIMEOUT_SEC} and 300 in the stack.

*Run twice* are task instances that ran to their end more than once. That happens if a worker is killed after the last
line of a task and before its report. *Cut off* are tries that were killed with their worker. *Slowest exit* is the
longest time from a stopped worker's last task to its end.

| run | stopped | killed | lost | run twice | retried | cut off | handed back | slowest exit | took | |
|---|---|---|---|---|---|---|---|---|---|---|
{runs}
"""


def _rows(measured: Mapping[str, Any]) -> dict[str, Row]:
    return {
        key: Row(**measured[key])
        for key in (fault.key for fault in (*FAULTS, *BUNDLE_FAULTS, *GIT_FAULTS))
        if key in measured
    }


def _row(fault: Fault, row: Row | None, *, with_version: bool = False) -> str:
    if row is None:
        return f"| {fault.what}: `{fault.key}` | | | {'| ' * with_version}| | {NOT_MEASURED} |"
    retried = f"{row.retried}" + (f" (at most {fault.retries})" if fault.retries else "")
    sign = "ok" if row.is_good(fault) else f"**{row.problem or 'not as expected'}**"
    versions = [str(row.wrong_version)] if with_version else []
    counts = [str(row.lost), str(row.twice), *versions, retried, f"{row.recovered_sec:.0f} s"]
    return f"| {fault.what}: `{fault.key}` | {' | '.join(counts)} | {sign} |"


def _run(name: str, each: Restarts | None) -> str:
    if each is None:
        return f"| {name} | | | | | | | | | | {NOT_MEASURED} |"
    counts = (
        each.stops,
        each.kills,
        each.not_succeeded,
        each.ended_twice,
        each.retries,
        each.cut_off,
        each.handed_back,
    )
    numbers = " | ".join(map(str, counts))
    sign = "ok" if each.is_good else "**not as expected**"
    return f"| {name} | {numbers} | {each.slowest_exit_sec:.1f} s | {each.seconds:.0f} s | {sign} |"
