"""Compute scores on Fargate, with a role that may write one prefix of one bucket."""

from datetime import UTC, datetime, timedelta

from airflow.sdk import dag
from airflow_fargate import FargateTaskOperator


@dag(
    schedule="0 2 * * MON-FRI",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=10), "execution_timeout": timedelta(hours=2)},
    tags=["example"],
)
def scores() -> None:
    """Define the task."""
    FargateTaskOperator(task_id="score", task="score", environment={"DAY": "{{ ds }}"})


scores()
