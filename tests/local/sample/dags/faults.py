"""DAGs for the tests of the running stack."""

from datetime import UTC, datetime, timedelta

from airflow.sdk import dag
from airflow_fargate import FargateTaskOperator

START = datetime(2025, 1, 1, tzinfo=UTC)
ONE_RETRY = {"retries": 1, "retry_delay": timedelta(seconds=1)}


@dag(dag_id="slow", schedule=None, start_date=START, default_args=ONE_RETRY)
def slow() -> None:
    """Take twenty seconds, and print each of them."""
    FargateTaskOperator(task_id="slow_task", task="slow", command=["python", "main.py", "20"])


@dag(dag_id="exits", schedule=None, start_date=START)
def exits() -> None:
    """End with 3."""
    FargateTaskOperator(task_id="exits_task", task="exits")


@dag(dag_id="absent", schedule=None, start_date=START)
def absent() -> None:
    """Start a folder that has no command."""
    FargateTaskOperator(task_id="absent_task", task="absent")


@dag(dag_id="cancel_many", schedule=None, start_date=START)
def cancel_many() -> None:
    """Take ten minutes in ten containers."""
    FargateTaskOperator.partial(task_id="long", task="slow").expand(command=[["python", "main.py", "600"]] * 10)


slow()
exits()
absent()
cancel_many()
