"""Tasks of known length, for `python -m tests.airflow_on_fargate.simulator.record`."""

import time
from datetime import UTC, datetime

from airflow.sdk import dag, task


@dag(dag_id="known_length", schedule=None, start_date=datetime(2025, 1, 1, tzinfo=UTC))
def known_length() -> None:
    """Sleep for 2, 3, 5 and 8 seconds, twelve times each."""

    @task
    def wait(seconds: int) -> None:
        """Sleep."""
        time.sleep(seconds)

    wait.expand(seconds=[2, 3, 5, 8] * 12)


known_length()
