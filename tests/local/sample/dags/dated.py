"""DAGs whose task says the day of its run, as the README's example does."""

from datetime import UTC, datetime

from airflow.sdk import dag
from airflow_fargate import FargateTaskOperator

for name, schedule in (("dated_daily", "@daily"), ("dated", None)):

    @dag(dag_id=name, schedule=schedule, start_date=datetime(2026, 11, 1, tzinfo=UTC), catchup=False)
    def dated() -> None:
        """Print it."""
        FargateTaskOperator(task_id="say", task="slow", command=["python", "-c", "print('the day is {{ ds }}')"])

    dated()
