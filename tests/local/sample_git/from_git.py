"""A DAG in a Git repository, whose tasks write down the number of their file and its version."""

import time
from datetime import UTC, datetime
from pathlib import Path

from airflow.sdk import DAG, get_current_context, task

NUMBER = 1
WAIT_SEC = 90


def note() -> None:
    """Write the number of the file and the folder of its version."""
    with Path(get_current_context()["params"]["notes"]).open("a") as notes:
        notes.write(f"{NUMBER} {Path(__file__).parents[1].name}\n")


with DAG(
    dag_id="from_git",
    description=f"number {NUMBER}",
    schedule=None,
    start_date=datetime(2025, 1, 1, tzinfo=UTC),
    params={"notes": "/dev/null", "go": "/"},
):

    @task
    def first() -> None:
        """Wait until the test has pushed."""
        note()
        end = time.monotonic() + WAIT_SEC
        while not Path(get_current_context()["params"]["go"]).exists() and time.monotonic() < end:
            time.sleep(0.2)

    @task
    def second() -> None:
        """Note, in a process that has started after the push."""
        note()

    first() >> second()
