"""A hundred tasks on Fargate that keep their worker's slot, as in the reference."""

from datetime import UTC, datetime

from airflow.sdk import DAG
from airflow_fargate import FargateTaskOperator

with DAG(dag_id="blocking", schedule=None, start_date=datetime(2025, 1, 1, tzinfo=UTC)):
    for number in range(100):
        FargateTaskOperator(task_id=f"sleep_{number}", task="sleep", deferrable=False)
