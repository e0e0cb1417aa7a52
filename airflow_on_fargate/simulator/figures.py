"""Print the figures of a simulated day of a worker pool: the stage's own scaling, and others for the same tasks."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from airflow_on_fargate.simulator.comparison import Comparison, Row
from airflow_on_fargate.simulator.composed import read_stage
from airflow_on_fargate.simulator.history import read_history
from airflow_on_fargate.simulator.outcome import FIGURES, written
from airflow_on_fargate.simulator.picture import draw
from airflow_on_fargate.simulator.schedules import SCHEDULED
from airflow_on_fargate.simulator.workloads import WORKLOADS
from constructs_lib.shared.bad_input import BadInputError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from airflow_on_fargate.simulator.stage import Pool, Stage

NAME, COLUMN = 32, 13


@dataclass(frozen=True)
class Day:
    """
    A day of the worker pool *pool* of *stage*.

    Its tasks are those of *history*, a CSV file, or of each of the *workloads*, by default all. *minimum* and *maximum*
    replace `min` and `max` of the pool. *seed* is that of the random numbers.
    """

    stage: str
    pool: str = "default"
    minimum: int | None = None
    maximum: int | None = None
    workloads: Sequence[str] = ()
    history: Path | None = None
    seed: int = 1


def simulate_day(day: Day, *, project: Path, stacks: Path, picture: Path | None = None, as_json: bool = False) -> None:
    """
    Simulate the *day*, print the figures, and draw them into the file *picture*.

    *stacks* has the JSON of the *project*; another `min` or `max` is composed again in a temporary folder.

    Raises:
        BadInputError: there is no such stage, pool or workload, or the history is wrong.

    """
    stage = _stage(day, project, stacks)
    comparison = Comparison(pool=_pool(stage, day.pool), seed=day.seed)
    workloads = {}
    for name, count, rows in _compared(day, stage, comparison):
        if as_json:
            workloads[name] = list(rows)
            continue
        _print_line(f"\n{name}: {count} task instances, up to {comparison.pool.maximum} workers\n")
        _print_line(" " * NAME + "".join(f"{figure:>{COLUMN}}" for figure in FIGURES))
        workloads[name] = list(_printed(rows))
    if as_json:
        _print_line(json.dumps({name: _as_json(rows) for name, rows in workloads.items()}, indent=2))
    if picture:
        # One picture has one legend.
        drawn = {name: rows for name, rows in workloads.items() if name not in SCHEDULED} or workloads
        picture.write_text(draw(drawn), encoding="utf-8")


def _stage(day: Day, project: Path, stacks: Path) -> Stage:
    if day.minimum is None and day.maximum is None:
        return read_stage(day.stage, stacks)
    from airflow_on_fargate.program import start_engine  # noqa: PLC0415 a simulation does not need it

    start_engine(os.environ)
    from airflow_on_fargate.simulator.compose import compose  # noqa: PLC0415 starts the engine

    with tempfile.TemporaryDirectory() as folder:
        composed = compose(
            day.stage, Path(folder), project=project, pool=day.pool, minimum=day.minimum, maximum=day.maximum
        )
        return read_stage(day.stage, composed)


def _pool(stage: Stage, name: str) -> Pool:
    if name not in stage.pools:
        msg = f"stage {stage.name!r} has no worker pool {name!r}; {nearest(name, stage.pools)}"
        raise BadInputError(msg)
    if not stage.pools[name].on_fargate:
        msg = f"worker pool {name!r} of stage {stage.name!r} must be on Fargate to be simulated, got EC2"
        raise BadInputError(msg)
    return stage.pools[name]


def _compared(day: Day, stage: Stage, comparison: Comparison) -> Iterator[tuple[str, int, Iterator[Row]]]:
    """Yield each workload with the number of its task instances and the rows of its contenders."""
    if day.history:
        work = read_history(day.history, queue=day.pool, queues=stage.pools)
        yield day.history.name, len(work), comparison.compare(work)
        return
    known = [*WORKLOADS, *SCHEDULED]
    names = day.workloads or known
    for name in names:
        if name not in known:
            msg = f"--workload {name!r} is unknown; {nearest(name, known)}"
            raise BadInputError(msg)
    for name in names:
        if name in SCHEDULED:
            scheduled = SCHEDULED[name](Random(day.seed))
            yield name, len(scheduled.work), comparison.schedules(scheduled)
        else:
            work = WORKLOADS[name](Random(day.seed))
            yield name, len(work), comparison.compare(work)


def _printed(rows: Iterator[Row]) -> Iterator[Row]:
    for row in rows:
        _print_line(f"{row.name:<{NAME}}" + "".join(f"{figure:>{COLUMN}}" for figure in written(row.outcome)))
        yield row


def _as_json(rows: Sequence[Row]) -> dict[str, dict[str, float]]:
    """Return the figures of each contender, in seconds, hours, dollars and counts."""
    return {row.name: {figure: get(row.outcome) for figure, (get, _) in FIGURES.items()} for row in rows}


def _print_line(text: str) -> None:
    print(text, flush=True)
