"""Run the benchmark of the autoscaler's queries: `python -m benchmarks.forecast_queries`."""

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from airflow_on_fargate.local.state import State
from benchmarks.forecast_queries.many import fill, migrate, run
from benchmarks.forecast_queries.page import is_good, keep
from tests.airflow_fargate.postgresql import variables
from tests.local.postgresql import running

PASSES = 10


def main() -> None:
    """Measure, write the page, and exit with 1 if a round is over its limit."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.forecast_queries",
        description="Measure the autoscaler's queries and write docs/performance-forecast.md: five minutes.",
    )
    parser.add_argument("--passes", type=int, default=PASSES, help="how often all histories are read (%(default)s)")
    asked = parser.parse_args()
    result = measure(asked.passes)
    keep(result)
    print("ok" if is_good(result) else "TOO MUCH", flush=True)
    sys.exit(0 if is_good(result) else 1)


def measure(passes: int) -> Mapping[str, Any]:
    """Return the milliseconds after a restart of the database and of many warm rounds, and the numbers of rows."""
    # PostgreSQL gives up root, and must get to its folder.
    with tempfile.TemporaryDirectory() as folder:
        state = State(Path(folder))
        with running(state) as database:
            migrate(database, Path(folder, "airflow"))
            print("fill the tables", flush=True)
            rows = fill(database)
        with running(state) as database:
            command = [sys.executable, "-m", "benchmarks.forecast_queries.rounds"]
            print("after a restart", flush=True)
            restarted = json.loads(run([*command, "1"], variables(database)))
            print("warm", flush=True)
            return {
                "rows": rows,
                "restarted": restarted["rounds"],
                "warm": json.loads(run([*command, str(passes)], variables(database))),
            }


if __name__ == "__main__":
    main()
