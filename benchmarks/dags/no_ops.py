"""Two hundred tasks that do nothing."""

from datetime import UTC, datetime

from airflow.sdk import dag, task


@dag(dag_id="no_ops", schedule=None, start_date=datetime(2025, 1, 1, tzinfo=UTC))
def no_ops() -> None:
    """Do nothing, two hundred times."""

    @task
    def nothing(number: int) -> None:
        """Do nothing."""

    nothing.expand(number=list(range(200)))


no_ops()
