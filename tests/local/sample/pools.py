"""A task in each queue of a stage with the pool `spot`."""

import os
import time
from datetime import UTC, datetime
from pathlib import Path

from airflow.sdk import dag, task


def worker() -> str:
    """Return the program that this task runs in."""
    return Path(os.environ["AIRFLOW_FARGATE_HEARTBEAT_FILE"]).name


@dag(schedule=None, start_date=datetime(2025, 1, 1, tzinfo=UTC))
def pools() -> None:
    """Print where they run; the one on `spot` takes longer, so that its log is read while it runs."""

    @task
    def on_default() -> None:
        print("on", worker())

    @task(queue="spot")
    def on_spot() -> None:
        print("on", worker())
        time.sleep(5)

    on_default()
    on_spot()


pools()
