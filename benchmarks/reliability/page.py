"""Write docs/reliability.md and its picture."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from benchmarks.chart import draw_bars
from benchmarks.reliability.fault import Fault, Row
from benchmarks.reliability.faults import FAULTS
from benchmarks.reliability.restarts import EVENT_SEC, RUNS, STOP_TIMEOUT_SEC, VISIBILITY_TIMEOUT_SEC, Restarts
from benchmarks.report import DOCS, machine

COMMAND = "python -m benchmarks.reliability"
MEASURED = DOCS / "reliability.json"
"""What has been measured, by key: a run of some faults leaves the others as they are."""
CHART = DOCS / "reliability.svg"
NOT_MEASURED = "not measured"


def keep(key: str, result: Row | Restarts) -> None:
    """Note what was measured, in place of what was measured before, and write the page."""
    measured = json.loads(MEASURED.read_text()) if MEASURED.exists() else {}
    MEASURED.write_text(json.dumps({**measured, key: asdict(result)}, indent=1, sort_keys=True) + "\n")
    _write_page()


def _write_page() -> None:
    """Write what came of the faults and of workers that come and go."""
    measured = json.loads(MEASURED.read_text())
    recovered = {key: row.recovered_sec for key, row in _rows(measured).items()}
    CHART.write_text(draw_bars("Recovered after, seconds", recovered))
    (DOCS / "reliability.md").write_text(page(measured, machine()))


def page(measured: Mapping[str, Any], measured_on: str) -> str:
    """Return the page's text: *measured* by fault and run, and the machine that it was *measured_on*."""
    rows = _rows(measured)
    restarts = {name: Restarts(**measured[name]) for name in RUNS if name in measured}
    faults = "\n".join(_row(fault, rows.get(fault.key)) for fault in FAULTS)
    runs = "\n".join(_run(name, restarts.get(name)) for name in RUNS)
    return f"""# Reliability

Written by `{COMMAND}` (`make reliability`, or `make reliability FAULT=kill-worker` for a row alone), on {measured_on}.

It is the stack that `make local` runs, where AWS is an endpoint on this machine: nothing here was measured on AWS.

## What breaks

Each row is a run of its own, of 16 task instances of 1 to 6 s on a worker with 4 slots, and one on demand of 20 s in a
container, while something breaks. *Lost* did not succeed. *Run twice* ran to their end more than once. *Retried* are
attempts that were used up beyond the first of each task, and in parentheses those that are lost with what was killed,
at most. *Recovered after* is the time from the end of the fault until a task of a new run had run; it waits behind
those that are queued already, as the first row shows.

| what | lost | run twice | retried | recovered after | |
|---|---|---|---|---|---|
{faults}

![How long each took]({CHART.name})

## Workers that come and go

200 task instances, four fifths of them short and the others of 20 to 60 s, while every {EVENT_SEC} s one of one to
three workers is stopped, or one more started, at random. A worker that is told to stop has {STOP_TIMEOUT_SEC} s, less
than the longest task takes: what cannot end is handed back. With SIGKILL a worker is killed once a minute, with all
that it runs; then a message comes again after {VISIBILITY_TIMEOUT_SEC} s and a killed task is missed after 60 s, not
after 600 and 300 as in the stack.

*Run twice* ran to their end more than once: a worker that is killed between the last line of a task and its report
can bring that about, for nobody is left who knows. *Cut off* are attempts that were killed with their worker, *slowest
exit* is the longest time from a stopped worker's last task to its end.

| run | stopped | killed | lost | run twice | retried | cut off | handed back | slowest exit | took | |
|---|---|---|---|---|---|---|---|---|---|---|
{runs}
"""


def _rows(measured: Mapping[str, Any]) -> dict[str, Row]:
    return {key: Row(**measured[key]) for key in (fault.key for fault in FAULTS) if key in measured}


def _row(fault: Fault, row: Row | None) -> str:
    if row is None:
        return f"| {fault.what}: `{fault.key}` | | | | | {NOT_MEASURED} |"
    retried = f"{row.retried}" + (f" (at most {fault.retries})" if fault.retries else "")
    sign = "ok" if row.is_good(fault) else f"**{row.problem or 'not as it must be'}**"
    counts = f"{row.lost} | {row.twice} | {retried} | {row.recovered_sec:.0f} s"
    return f"| {fault.what}: `{fault.key}` | {counts} | {sign} |"


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
    sign = "ok" if each.is_good else "**not as it must be**"
    return f"| {name} | {numbers} | {each.slowest_exit_sec:.1f} s | {each.seconds:.0f} s | {sign} |"
