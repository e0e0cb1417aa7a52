"""A run whose tasks write down the number of the change that each of their files has."""

import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path

from airflow.sdk import DAG, get_current_context, task

NUMBER = 0
SLEEP_SEC = 2

with DAG(
    dag_id="witness",
    description=f"change {NUMBER}",
    schedule=None,
    start_date=datetime(2025, 1, 1, tzinfo=UTC),
    max_active_runs=1,
    params={"file": "/dev/null"},
):

    def note(name: str) -> None:
        """Write one line, then wait for a while, so that a run lasts longer than the time between two pushes."""
        # Imported late, so that a folder that changes under a running task is noticed.
        from witness_parts.number import NUMBER as IMPORTED  # type: ignore[import-not-found]  # noqa: PLC0415

        time.sleep(SLEEP_SEC)
        context = get_current_context()
        here = Path(__file__)
        read = int((here.parent / "witness_parts" / "number.txt").read_text())
        line = {
            "run": context["run_id"],
            "task": name,
            "numbers": [NUMBER, IMPORTED, read],
            "file": str(here),
            "at": time.time(),
        }
        handle = os.open(context["params"]["file"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(handle, (json.dumps(line) + "\n").encode())
        os.close(handle)

    @task
    def first() -> list[int]:
        """Note, and return the numbers of the mapped tasks."""
        note("first")
        return [1, 2]

    @task
    def mapped(number: int) -> None:
        """Note."""
        note(f"mapped {number}")

    @task
    def last() -> None:
        """Note."""
        note("last")

    mapped.expand(number=first()) >> last()
