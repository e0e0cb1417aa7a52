"""DAGs that sleep in many tasks at once, on a schedule; each has a queue of its own."""

import json
import time
from datetime import datetime
from pathlib import Path

from airflow.sdk import DAG, task

BURSTS = json.loads(Path(__file__).with_name("bursts.json").read_text())


@task
def sleep(seconds: float) -> None:
    """Sleep for so many *seconds*."""
    time.sleep(seconds)


for queue, burst in BURSTS.items():
    with DAG(
        dag_id=queue,
        schedule=burst["schedule"],
        start_date=datetime.fromisoformat(burst["start_date"]),
        catchup=burst["catchup"],
    ):
        for number in range(burst["tasks"]):
            sleep.override(task_id=f"sleep_{number}", queue=queue)(burst["seconds"])
