"""A hundred small DAGs, which the pages of the UI show."""

from datetime import UTC, datetime

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG

for number in range(100):
    with DAG(dag_id=f"page_{number:03}", schedule=None, start_date=datetime(2025, 1, 1, tzinfo=UTC), tags=["page"]):
        EmptyOperator(task_id="first") >> EmptyOperator(task_id="second") >> EmptyOperator(task_id="third")
