"""Run the benchmark of the autoscaler's queries: `python -m benchmarks.forecast_queries`."""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from airflow_on_fargate.local.state import State
from benchmarks.forecast_queries.many import SETTINGS, fill, migrate, run
from benchmarks.forecast_queries.page import is_good, keep
from tests.airflow_fargate.postgresql import variables
from tests.local.postgresql import running

PASSES, RESTARTS = 10, 5


def main() -> None:
    """Measure, write the page, and exit with 1 if a round is over its limit."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.forecast_queries",
        description="Measure the autoscaler's queries and write docs/performance-forecast.md: three minutes.",
    )
    parser.add_argument("--passes", type=int, default=PASSES, help="how often all histories are read (%(default)s)")
    asked = parser.parse_args()
    result = measure(asked.passes)
    keep(result)
    print("ok" if is_good(result) else "TOO MUCH", flush=True)
    sys.exit(0 if is_good(result) else 1)


def measure(passes: int) -> Mapping[str, Any]:
    """Return the times of warm rounds and of the first ones after restarts, the plans, and the numbers of rows."""
    # PostgreSQL gives up root, and must get to its folder.
    with tempfile.TemporaryDirectory() as folder:
        state = State(Path(folder))
        with running(state) as database:
            print("create the tables", flush=True)
            migrate(database, Path(folder, "airflow"))
        with (state.database / "postgresql.conf").open("a") as settings:
            settings.write(SETTINGS)
        with running(state) as database:
            print("fill them", flush=True)
            rows = fill(database)
        print("restart", flush=True)
        restarted = [json.loads(_rounds(state)) for _ in range(RESTARTS)]
        print("measure warm rounds", flush=True)
        warm = json.loads(_rounds(state, str(passes)))
        load = round(os.getloadavg()[0], 1)
        return {**warm, "rounds": {**warm["rounds"], "restarted": restarted}, "rows": rows, "load": load}


def _rounds(state: State, *arguments: str) -> str:
    """Return what a new process prints, which uses a PostgreSQL that has just started."""
    with running(state) as database:
        return run([sys.executable, "-m", "benchmarks.forecast_queries.rounds", *arguments], variables(database))


if __name__ == "__main__":
    main()
