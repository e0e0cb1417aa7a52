"""Write docs/elasticity.md and its picture, with the simulation of a typical stage."""

from __future__ import annotations

import tempfile
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from airflow_on_fargate.simulator import contenders, prices
from airflow_on_fargate.simulator.assumptions import assumptions
from airflow_on_fargate.simulator.checks import BURST, checks, schedule_checks
from airflow_on_fargate.simulator.comparison import (
    AHEAD,
    AVERAGE,
    BY_LOOP,
    BY_QUEUE,
    COMPUTING,
    FIXED,
    FOLLOWING,
    MAXIMUM,
    OURS,
    SAME_WAIT,
    WAITING,
    Comparison,
    Row,
)
from airflow_on_fargate.simulator.compose import compose
from airflow_on_fargate.simulator.composed import read_stage
from airflow_on_fargate.simulator.history import COLUMNS
from airflow_on_fargate.simulator.lines import Lines
from airflow_on_fargate.simulator.outcome import FIGURES, duration, written
from airflow_on_fargate.simulator.picture import draw
from airflow_on_fargate.simulator.predictive import BUFFER_SEC
from airflow_on_fargate.simulator.schedules import SCHEDULED, larger_burst, wrong_days
from airflow_on_fargate.simulator.workloads import BURST_SEC, WORKLOADS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from airflow_on_fargate.simulator.checks import Check
    from airflow_on_fargate.simulator.outcome import Outcome
    from airflow_on_fargate.simulator.stage import Pool

STAGE, POOL, MIN_COUNT, MAX_COUNT, SEED = "prod", "default", 0, 100, 1
LARGER_MAX_COUNT = 500
"""So many workers have a slot for each task instance of the larger burst."""
TOLERANCE_PERCENT = 10


def table(rows: Iterable[Row]) -> str:
    """Return a Markdown table of the rows."""
    heading = ["", *FIGURES]
    lines = [heading, ["---"] * len(heading), *([row.name, *written(row.outcome)] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def write_report(docs: Path, *, project: Path, report: Callable[[str], None]) -> bool:
    """
    Simulate a typical stage of *project*, and write `elasticity.md` and its picture into *docs*.

    Return whether all figures are kept.
    """
    comparison = _comparison(project, MAX_COUNT)
    workloads, candidates = {}, {}
    for name, workload in WORKLOADS.items():
        report(name)
        work = workload(Random(SEED))
        workloads[name] = list(comparison.compare(work))
        candidates[name] = list(comparison.candidates(work))
    scheduled = {}
    for name, day in SCHEDULED.items():
        report(name)
        scheduled[name] = list(comparison.schedules(day(Random(SEED))))
    report("wrong forecasts")
    wrong = {
        name: (comparison.following(day), comparison.with_schedule(day))
        for name, day in wrong_days(Random(SEED)).items()
    }
    report("larger burst")
    burst = larger_burst(Random(SEED))
    larger = {
        each.pool.maximum: (each.following(burst), each.with_schedule(burst))
        for each in (comparison, _comparison(project, LARGER_MAX_COUNT))
    }
    report("from zero")
    kept = [*checks(workloads, comparison.wake()), *schedule_checks(scheduled, wrong, comparison.pool)]
    lines = Lines(workload=BURST, zero_sec=BURST_SEC, begin_sec=BURST_SEC - 300, end_sec=BURST_SEC + 2700)
    (docs / "elasticity.svg").write_text(draw(workloads, lines=lines), encoding="utf-8")
    (docs / "elasticity.md").write_text(
        _page(
            comparison.pool,
            _comparisons(workloads, candidates) + _schedules(scheduled, wrong) + _larger(larger),
            kept,
        ),
        encoding="utf-8",
    )
    for check in kept:
        report(f"{'ok' if check.kept else 'TOO MUCH':8} {check.figure:>8}, at most {check.limit:>6}: {check.what}")
    return all(check.kept for check in kept)


def _comparison(project: Path, maximum: int) -> Comparison:
    """Compose the stage of *project* with up to *maximum* workers."""
    with tempfile.TemporaryDirectory() as folder:
        stacks = compose(STAGE, Path(folder), project=project, pool=POOL, minimum=MIN_COUNT, maximum=maximum)
        return Comparison(pool=read_stage(STAGE, stacks).pools[POOL], seed=SEED)


def _page(pool: Pool, comparisons: str, kept: Sequence[Check]) -> str:
    figures = "\n".join(
        f"| {check.what} | {check.figure if check.kept else f'**{check.figure}, too much**'} | {check.limit} |"
        for check in kept
    )
    return f"""# Elasticity

Written by `python docs/elasticity.py`: nothing here was measured on AWS. Workers of
{pool.cpu} CPU units and {pool.memory_mib} MiB ({pool.architecture}) with {pool.slots} slots each, {pool.minimum} to
{pool.maximum} of them; the policies, limits and time-outs are those of the Terraform JSON of the stage `{STAGE}`.

| figure | simulated | limit |
|---|---|---|
{figures}

![Workers over time in the nightly burst, and the figures of each workload](elasticity.svg)

`make simulate` does the same for a stage as it is, `make simulate HISTORY=history.csv` for
[your own work](#your-own-work); `airflow-fargate simulate --help` lists the options.

{comparisons}{_basis(pool)}"""


def _comparisons(workloads: Mapping[str, Sequence[Row]], candidates: Mapping[str, Sequence[Row]]) -> str:
    days = "\n".join(
        f"### {name.capitalize()}\n\n{_described(name)}\n\n{table(rows)}\n" for name, rows in workloads.items()
    )
    ways = "\n".join(
        f"**{name.capitalize()}**\n\n{table([workloads[name][0], *rows])}\n" for name, rows in candidates.items()
    )
    return f"""## Against others

- *{OURS}*: the autoscaler's `WorkersMissing` and the step scaling that follows it.
- *{COMPUTING}* and *{WAITING}*: the scaling of the public reference. Target tracking at
  {contenders.CPU_TARGET_PERCENT:.0f} % CPU with cooldowns of {contenders.CPU_COOLDOWN_SEC:.0f} s, from
  {contenders.CPU_MIN} worker to the same maximum, without task protection. A worker whose slots are all taken is at
  {contenders.COMPUTING_PERCENT:.0f} % CPU when its tasks compute, the best case of that policy, and at
  {contenders.WAITING_PERCENT:.0f} % when they wait for a database or another service, which is typical in
  Airflow.
- *{FIXED}*: a constant number of workers, the smallest whose p95 wait is at most {SAME_WAIT:g} times ours.

A *wait* is the time from ready to running. *Cut off* are tasks killed with their worker, *stuck* those that the
scheduler failed because no worker received them in time ([scheduler] task_queued_timeout), *handed back* those that a
stopped worker returned to run again. Dollars are those of Fargate in {prices.REGION}, {prices.DATE}, workers alone
({prices.SOURCES}).

{days}
## Other ways to follow the work

*{BY_QUEUE}*: target tracking with AWS's default cooldowns. Its metric is the number of messages, visible and in
flight, divided by the slots of the desired workers. *{BY_LOOP}*: the autoscaler calls `UpdateService` itself.

{ways}
"""


def _schedules(scheduled: Mapping[str, Sequence[Row]], wrong: Mapping[str, tuple[Outcome, Outcome]]) -> str:
    days = "\n".join(
        f"**{name.capitalize()}**: {_text_of(SCHEDULED[name])}\n\n{table(rows)}\n" for name, rows in scheduled.items()
    )
    heading = ["", "ahead", "wait p95", "wait p95, ahead", "worker-hours", "worker-hours, ahead"]
    lines = [heading, ["---"] * len(heading)]
    lines += [
        [
            *(name, f"{own.ahead}", duration(following.wait_p95_sec), duration(own.wait_p95_sec)),
            *(f"{following.worker_hours:.1f}", f"{own.worker_hours:.1f}"),
        ]
        for name, (following, own) in wrong.items()
    ]
    cases = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"""## Ahead of the schedule

- *{AHEAD}*: the autoscaler orders workers before a scheduled run is due ([how](operations.md#before-a-scheduled-run)).
- *{FOLLOWING}*: `prewarm=False`. Work without a schedule is the same in both.
- *{AVERAGE}* and *{MAXIMUM}*: predictive scaling beside ours, with an exact
  forecast for each hour of the average or the maximum of the workers that its minutes need. It raises the capacity
  {BUFFER_SEC // 60} minutes before the hour and keeps it until the hour ends.

*{AHEAD}* and *{FOLLOWING}* were [measured with real workers](performance-prewarm.md) on one machine, not on AWS.

The burst is as large as the slots of all workers. [A larger one](#a-larger-burst) waits, with and without a schedule.

{days}
A forecast that is wrong, for one DAG of 120 task instances; *ahead* is the number of workers that were ordered for it:

{cases}

"""


def _larger(larger: Mapping[int, tuple[Outcome, Outcome]]) -> str:
    """Return the section of the larger burst, with the outcomes without and with the schedule by the maximum."""
    rows = [
        Row(f"{name}, up to {maximum} workers", outcome)
        for maximum, outcomes in larger.items()
        for name, outcome in zip((FOLLOWING, AHEAD), outcomes, strict=True)
    ]
    return f"""### A larger burst

{_text_of(larger_burst)} It is over both limits of the waits.
With {MAX_COUNT} workers it waits for slots. With {LARGER_MAX_COUNT} each task instance has a slot, and waits for the
scheduler, which queues them [one after another](#what-is-assumed).

{table(rows)}

"""


def _basis(pool: Pool) -> str:
    return f"""## What is assumed

| what | value | from |
|---|---|---|
{assumptions(pool)}

Random numbers start from a seed ({SEED}): the same command writes the same page.

Not simulated: Spot interruptions, deployments, ECS without capacity, tasks that wait for others or are retried,
deferred tasks (they use no slot), Airflow pools that a team has created.

A test compares the simulator with a run of the real Airflow on one worker, 48 tasks of 2 to 8 s on the local stack:
`tests/airflow_on_fargate/simulator/test_local_run.py` allows {TOLERANCE_PERCENT} % for makespan, p50 and p95 wait.

## Your own work

```sh
psql --csv --file airflow_on_fargate/simulator/history.sql "$DATABASE_URL" > history.csv
make simulate STAGE=prod HISTORY=history.csv
```

The query reads each try of each task instance from Airflow's metadata database. The columns are those of
`task_instance`. Required are {", ".join(f"`{column}`" for column in COLUMNS)}.
Others are ignored, and so are rows of the stage's other worker pools: `--pool` selects the simulated one. A task
instance becomes ready when it was scheduled in your history. So if it waited for another task instance that then
waited for a slot, that delay is in the simulation too.
"""


def _described(name: str) -> str:
    """Return the docstring of the workload without its verb."""
    return _text_of(WORKLOADS[name]).capitalize()


def _text_of(workload: Callable[[Random], object]) -> str:
    return (workload.__doc__ or "").removeprefix("Return ")
