"""More tasks for the queue `spot` than Airflow queues at a time, of all queues together."""

import time
from datetime import UTC, datetime
from pathlib import Path

from airflow.sdk import dag, get_current_context, task


@dag(schedule=None, start_date=datetime(2025, 1, 1, tzinfo=UTC), params={"folder": ""})
def backlog() -> None:
    """Wait for the file `go`."""

    @task(queue="spot")
    def wait(number: int) -> None:
        go = Path(get_current_context()["params"]["folder"], "go")
        while not go.exists():
            time.sleep(0.1)
        print("waited", number)

    wait.expand(number=list(range(20)))


backlog()
