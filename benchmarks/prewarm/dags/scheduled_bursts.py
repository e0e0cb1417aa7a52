"""DAGs that sleep in many tasks at once, on a schedule; each has a queue of its own."""

import json
import time
from datetime import datetime
from pathlib import Path

from airflow.sdk import dag, task

BURSTS = json.loads(Path(__file__).with_name("bursts.json").read_text())

for queue, burst in BURSTS.items():

    @dag(
        dag_id=queue,
        schedule=burst["schedule"],
        start_date=datetime.fromisoformat(burst["start_date"]),
        catchup=burst["catchup"],
    )
    def sleeping(queue: str = queue, tasks: int = burst["tasks"], seconds: float = burst["seconds"]) -> None:
        """Sleep in several tasks."""
        for number in range(tasks):

            @task(task_id=f"sleep_{number}", queue=queue)
            def sleep(seconds: float) -> None:
                """Sleep for so many *seconds*."""
                time.sleep(seconds)

            sleep(seconds)

    sleeping()
