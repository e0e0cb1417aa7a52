"""Ten tasks that run for a number of seconds from the DAG run's conf, each with its heartbeat."""

import time
from datetime import UTC, datetime

from airflow.sdk import dag, get_current_context, task


@dag(schedule=None, start_date=datetime(2025, 1, 1, tzinfo=UTC), params={"seconds": 60})
def held() -> None:
    """Run them side by side."""

    @task
    def hold(number: int) -> None:
        """Sleep."""
        print(number)
        time.sleep(get_current_context()["params"]["seconds"])

    hold.expand(number=list(range(10)))


held()
