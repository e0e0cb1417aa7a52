"""Run the benchmark of workers before scheduled runs: `python -m benchmarks.prewarm`."""

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.prewarm.page import MODES, is_good, keep
from benchmarks.prewarm.rounds import Rounds
from benchmarks.prewarm.stack import prepared_stack
from constructs_lib.shared.bad_input import shown

RUNS, MAX_RUNS = 20, 1000


def main() -> None:
    """Measure, write the page after each mode, and exit with 1 if a figure is over its limit."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.prewarm",
        description="Measure how long scheduled tasks wait for workers, with and without workers started before them;"
        " write docs/performance-prewarm.md: an hour for each mode.",
        epilog=f"MODE is one of: {', '.join(MODES)}.",
    )
    parser.add_argument("modes", nargs="*", metavar="MODE", help="how Airflow runs; keep the rest of the page")
    parser.add_argument("--runs", type=int, default=RUNS, help="the number of scheduled runs (%(default)s)")
    asked = parser.parse_args()
    if unknown := [mode for mode in asked.modes if mode not in MODES]:
        sys.exit(f"error: MODE must be one of {', '.join(MODES)}, got {shown(unknown[0])}")
    if not 1 <= asked.runs <= MAX_RUNS:
        sys.exit(f"error: --runs must be a number from 1 to {MAX_RUNS}, got {asked.runs}")
    good = True
    try:
        for mode in asked.modes or MODES:
            print(mode, flush=True)
            result = measure(mode, runs=asked.runs)
            keep(mode, result)
            print(f"{mode}: {'ok' if is_good(result) else 'TOO SLOW'}", flush=True)
            good = good and is_good(result)
    except KeyboardInterrupt:
        sys.exit("Stopped; the page keeps its earlier figures")
    sys.exit(0 if good else 1)


def measure(mode: str, *, runs: int) -> dict[str, Any]:
    """Return the result of so many *runs* in a *mode*."""
    with (
        tempfile.TemporaryDirectory() as temporary,
        prepared_stack(Path(temporary, "project"), containers=mode == "containers") as (stack, scaling),
    ):
        result = Rounds(stack, scaling, runs=runs, progress=_show).measure()
    return {**result, "load": round(os.getloadavg()[2], 1)}


def _show(text: str) -> None:
    print(f"  {text}", flush=True)


if __name__ == "__main__":
    main()
