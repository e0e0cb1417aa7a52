"""A DAG that runs on a worker only."""

from datetime import UTC, datetime

from airflow.sdk import dag, task


@dag(schedule="@daily", start_date=datetime(2026, 1, 1, tzinfo=UTC), catchup=False, tags=["example"])
def hello() -> None:
    """Define the tasks and their order."""

    @task
    def name() -> str:
        """Return whom to greet."""
        return "Fargate"

    @task
    def greet(whom: str) -> None:
        """Print a greeting into the task's log."""
        print(f"Hello, {whom}")

    greet(name())


hello()
