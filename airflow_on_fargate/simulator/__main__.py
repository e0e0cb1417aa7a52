"""Simulate how a stage's workers scale with its tasks: `python -m airflow_on_fargate.simulator`, or `make simulate`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from airflow_on_fargate.project import project_folder
from airflow_on_fargate.simulator.comparison import Comparison, Row
from airflow_on_fargate.simulator.composed import read_stage
from airflow_on_fargate.simulator.history import read_history
from airflow_on_fargate.simulator.outcome import FIGURES, written
from airflow_on_fargate.simulator.picture import draw
from airflow_on_fargate.simulator.workloads import WORKLOADS
from constructs_lib.shared.bad_input import BadInputError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from airflow_on_fargate.simulator.stage import Pool, Stage
    from airflow_on_fargate.simulator.task_instance import Work

STACKS = Path("cdktf.out/stacks")
DOCS = Path("docs")
DESCRIPTION = (
    "Simulate a day of a worker pool: the stage's own scaling, read from the Terraform JSON of `make synth`, beside"
    " scaling by CPU and a fixed fleet."
)
COLUMN = 13


def main(arguments: Sequence[str] | None = None) -> None:
    """Simulate, print the figures, and write the picture or the report if an option asks for it."""
    asked = _parse(arguments)
    try:
        if asked.report:
            # Composing imports CDKTF, which a simulation does not need.
            from airflow_on_fargate.simulator.report import write_report  # noqa: PLC0415 as above

            sys.exit(0 if write_report(DOCS, project=project_folder(), report=_print_line) else 1)
        stage = _stage(asked)
        comparison = Comparison(pool=_pool(stage, asked.pool), seed=asked.seed)
        workloads = {}
        for name, work in _work(asked, stage).items():
            _print_line(f"\n{name}: {len(work)} task instances, up to {comparison.pool.maximum} workers\n")
            _print_line(" " * 28 + "".join(f"{figure:>{COLUMN}}" for figure in FIGURES))
            workloads[name] = list(_printed(comparison.compare(work)))
        if asked.picture:
            asked.picture.write_text(draw(workloads), encoding="utf-8")
    except BadInputError as error:
        sys.exit(f"error: {error}")


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m airflow_on_fargate.simulator", description=DESCRIPTION)
    parser.add_argument("--stage", default="prod", help="a stage of stages.py; default: prod")
    parser.add_argument("--pool", default="default", help="one of its worker pools; default: default")
    parser.add_argument("--min", type=int, help="simulate another `min` of the pool")
    parser.add_argument("--max", type=int, help="simulate another `max` of the pool")
    parser.add_argument("--workload", action="append", help=f"one of: {', '.join(WORKLOADS)}; default: all")
    parser.add_argument(
        "--history",
        type=Path,
        metavar="CSV",
        help="simulate your own tasks: a CSV file from airflow_on_fargate/simulator/history.sql",
    )
    parser.add_argument("--seed", type=int, default=1, help="the seed of the random numbers; default: 1")
    parser.add_argument("--picture", type=Path, metavar="SVG", help="also draw the result")
    parser.add_argument("--report", action="store_true", help="write docs/elasticity.md and its picture instead")
    return parser.parse_args(arguments)


def _stage(asked: argparse.Namespace) -> Stage:
    if asked.min is None and asked.max is None:
        return read_stage(asked.stage, STACKS)
    from airflow_on_fargate.simulator.compose import compose  # noqa: PLC0415 as above

    with tempfile.TemporaryDirectory() as folder:
        stacks = compose(
            asked.stage, Path(folder), project=project_folder(), pool=asked.pool, minimum=asked.min, maximum=asked.max
        )
        return read_stage(asked.stage, stacks)


def _pool(stage: Stage, name: str) -> Pool:
    if name not in stage.pools:
        msg = f"stage {stage.name!r} has no worker pool {name!r}; {nearest(name, stage.pools)}"
        raise BadInputError(msg)
    if not stage.pools[name].on_fargate:
        msg = f"worker pool {name!r} of stage {stage.name!r} must be on Fargate to be simulated, got EC2"
        raise BadInputError(msg)
    return stage.pools[name]


def _work(asked: argparse.Namespace, stage: Stage) -> dict[str, list[Work]]:
    if asked.history:
        return {asked.history.name: read_history(asked.history, queue=asked.pool, queues=stage.pools)}
    names = asked.workload or list(WORKLOADS)
    for name in names:
        if name not in WORKLOADS:
            msg = f"--workload {name!r} is unknown; {nearest(name, WORKLOADS)}"
            raise BadInputError(msg)
    return {name: WORKLOADS[name](Random(asked.seed)) for name in names}


def _printed(rows: Iterator[Row]) -> Iterator[Row]:
    for row in rows:
        _print_line(f"{row.name:<28}" + "".join(f"{figure:>{COLUMN}}" for figure in written(row.outcome)))
        yield row


def _print_line(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    main()
