"""Tasks for workers that start and stop: each task writes its start and its end to a file."""

import os
import time
from datetime import UTC, datetime, timedelta

from airflow.sdk import dag, get_current_context, task

LONG_SEC = range(20, 61)


def seconds(number: int) -> int:
    """Return how long a task takes: every fifth 20 to 60 s, the others up to two."""
    return LONG_SEC[number * 7 % len(LONG_SEC)] if number % 5 == 0 else number % 3


@dag(
    dag_id="restarts",
    schedule=None,
    start_date=datetime(2025, 1, 1, tzinfo=UTC),
    params={"count": 200, "file": "/dev/null"},
)
def restarts() -> None:
    """Run `count` tasks side by side."""

    @task(retries=10, retry_delay=timedelta(seconds=1))
    def numbers() -> list[int]:
        return list(range(get_current_context()["params"]["count"]))

    @task(retries=10, retry_delay=timedelta(seconds=1))
    def work(number: int) -> None:
        context = get_current_context()
        file = context["params"]["file"]

        def note(what: str) -> None:
            # One write at the end of the file is never mixed with another's.
            handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            os.write(handle, f"{what} {number} {context['ti'].try_number}\n".encode())
            os.close(handle)

        note("began")
        time.sleep(seconds(number))
        note("ended")

    work.expand(number=numbers())


restarts()
