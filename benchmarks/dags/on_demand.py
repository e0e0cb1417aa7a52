"""A hundred tasks on Fargate, without a worker while they run and with one."""

from datetime import UTC, datetime

from airflow.sdk import DAG
from airflow_fargate import FargateTaskOperator

for name, deferrable in (("deferred", True), ("blocking", False)):
    with DAG(dag_id=name, schedule=None, start_date=datetime(2025, 1, 1, tzinfo=UTC)):
        for number in range(100):
            FargateTaskOperator(task_id=f"sleep_{number}", task="sleep", deferrable=deferrable)
