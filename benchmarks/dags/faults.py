"""Work for the fault matrix: each task writes its start and its end to a file."""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from airflow.sdk import DAG, get_current_context, task
from airflow_fargate import FargateTaskOperator

START = datetime(2025, 1, 1, tzinfo=UTC)
RETRIES = {"retries": 3, "retry_delay": timedelta(seconds=5)}
NOTED = "echo began container >> $FOLDER/container && sleep 20 && echo ended container >> $FOLDER/container"
PARAMS = {
    # On the shared volume, for the container, and as the worker knows it, for the others.
    "name": "none",
    "folder": "/nowhere",
    "count": 16,
    # Every how many tasks one takes its time, and how long that is; the others take a second.
    "long_every": 4,
    "long_sec": 6,
}

with DAG(dag_id="faults", schedule=None, start_date=START, params=PARAMS, default_args=RETRIES):

    @task
    def numbers() -> list[int]:
        """Return a number for each task."""
        return list(range(get_current_context()["params"]["count"]))

    @task
    def work(number: int) -> None:
        """Write the start, wait, and write the end."""
        context = get_current_context()
        params = context["params"]

        def note(what: str) -> None:
            # One write at the end of the file is never mixed with another's.
            handle = os.open(Path(params["folder"], "work"), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            line = f"{what} {number} {context['ti'].try_number} {__file__}\n"
            os.write(handle, line.encode())
            os.close(handle)

        note("began")
        time.sleep(params["long_sec"] if number % params["long_every"] == 0 else 1)
        note("ended")

    work.expand(number=numbers())
    FargateTaskOperator(
        task_id="container",
        task="sleep",
        command=["sh", "-c", NOTED],
        environment={"FOLDER": "/shared-volume/faults/{{ params.name }}"},
    )

with DAG(dag_id="probe", schedule=None, start_date=START):

    @task(priority_weight=1000)
    def probe() -> None:
        """Show that tasks run."""

    probe()
