"""Twenty tasks that run until a file exists, each with its heartbeat."""

import time
from datetime import UTC, datetime
from pathlib import Path

from airflow.sdk import dag, get_current_context, task

LOOK_SEC = 1


@dag(schedule=None, start_date=datetime(2025, 1, 1, tzinfo=UTC), params={"end": "/"})
def running_tasks() -> None:
    """Run them side by side."""

    @task
    def hold(number: int) -> None:
        """Sleep."""
        print(number)
        while not Path(get_current_context()["params"]["end"]).exists():
            time.sleep(LOOK_SEC)

    hold.expand(number=list(range(20)))


running_tasks()
