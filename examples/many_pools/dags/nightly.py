"""Work on several queues: a task names the queue of the pool that runs it."""

import logging
from datetime import UTC, datetime, timedelta

from airflow.sdk import dag, task

log = logging.getLogger(__name__)

PARTS = 50


@dag(
    schedule="0 1 * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    # The loss of a worker on Spot uses up a try.
    default_args={"retries": 3, "retry_delay": timedelta(minutes=1)},
    tags=["example"],
)
def nightly() -> None:
    """Define the tasks and their order."""

    @task
    def parts() -> list[int]:
        """Return the parts of the work."""
        return list(range(PARTS))

    @task(queue="batch")
    def work(part: int) -> int:
        """Do a part of the work."""
        return part * part

    @task(queue="high_memory")
    def combine(results: list[int]) -> int:
        """Combine the results of all parts in memory."""
        return sum(results)

    @task(queue="urgent")
    def announce(total: int) -> None:
        """Report the result."""
        log.info("The total is %s", total)

    announce(combine(work.expand(part=parts())))


nightly()
