"""A DAG whose tasks are too long for their worker, the first time that they run."""

import time
from datetime import UTC, datetime
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import dag, get_current_context, task
from airflow_fargate import FargateTaskOperator


@dag(dag_id="handed_back", schedule=None, start_date=datetime(2025, 1, 1, tzinfo=UTC), params={"folder": ""})
def handed_back() -> None:
    """Wait in Python, in a program, and for a container."""

    @task
    def python_task() -> None:
        begun = Path(get_current_context()["params"]["folder"], "begun")
        if not begun.exists():
            begun.touch()
            time.sleep(300)

    python_task()
    BashOperator(
        task_id="bash_task",
        bash_command="""
            cd {{ params.folder }}
            trap 'echo stopped >> stopped; exit 1' TERM
            if [ ! -e bash ]; then touch bash; sleep 300 & wait; fi
        """,
    )
    FargateTaskOperator(task_id="container_task", task="slow", command=["python", "main.py", "45"], deferrable=False)


handed_back()
