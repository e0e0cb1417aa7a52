"""Count the orders of a day on Fargate, and report the number from a worker."""

import logging
from datetime import UTC, datetime, timedelta

from airflow.sdk import dag, task
from airflow_fargate import FargateTaskOperator

log = logging.getLogger(__name__)


@dag(
    schedule="0 5 * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=5)},
    tags=["example"],
)
def orders() -> None:
    """Define the tasks and their order."""
    # The last line that the program prints is its XCom.
    count = FargateTaskOperator(task_id="count", task="count_orders", command=["python", "count_orders.py", "{{ ds }}"])

    @task
    def report(number: str) -> None:
        """Write the number into the task's log."""
        log.info("%s orders", number)

    report(count.output)


orders()
