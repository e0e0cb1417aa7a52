"""A DAG for the tests of the running stack: tasks that ECS refuses or kills, and tasks that return values."""

import json
from datetime import UTC, datetime
from typing import Any

from airflow.sdk import dag, task
from airflow_fargate import FargateTaskOperator

START = datetime(2025, 1, 1, tzinfo=UTC)


@dag(dag_id="limits", schedule=None, start_date=START)
def limits() -> None:
    """Start three on-demand tasks."""

    @task
    def command() -> list[str]:
        return ["python", "main.py", "x" * 9000]

    @task
    def more(rows: dict[str, int]) -> int:
        return rows["rows"] + 1

    long_command: Any = command()  # a reference, which Airflow replaces by the value
    FargateTaskOperator(task_id="large_override", task="exits", command=long_command)
    FargateTaskOperator(task_id="grows", task="exits", command=["python", "grow.py"])
    counted: Any = FargateTaskOperator(
        task_id="counts",
        task="exits",
        command=["python", "-c", """print('{"rows": 6}')"""],
        output_processor=json.loads,
    )
    more(counted.output)


limits()
