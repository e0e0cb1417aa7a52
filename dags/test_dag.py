"""
A sample with tasks on Fargate and a task on a worker.

`odd_task` and `even_task`, two scripts of one image, write the numbers up to a bound to the shared volume in parallel.
`numbers_task` joins them.
"""

import logging
import socket
from datetime import UTC, datetime, timedelta

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import Param, dag, task
from airflow_fargate import FargateTaskOperator

log = logging.getLogger(__name__)

UPPER_BOUND = "{{ params.upper_bound }}"


@dag(
    dag_id="Test_Dag",
    schedule=None,
    start_date=datetime(2025, 1, 1, tzinfo=UTC),
    catchup=False,
    # The loss of a worker uses up a try.
    default_args={"retries": 2, "retry_delay": timedelta(seconds=30)},
    params={"upper_bound": Param(10, type="integer", minimum=1, description="The upper bound of the numbers.")},
    tags=["sample"],
    doc_md=__doc__,
)
def test_dag() -> None:
    """Define the tasks and their order."""
    start_process = EmptyOperator(task_id="start_process")
    odd_task = FargateTaskOperator(
        task_id="odd_task", task="multi_task", command=["python", "odd_numbers.py", UPPER_BOUND]
    )
    even_task = FargateTaskOperator(
        task_id="even_task", task="multi_task", command=["python", "even_numbers.py", UPPER_BOUND]
    )
    numbers_task = FargateTaskOperator(task_id="numbers_task", task="number_task")

    @task
    def on_worker_task() -> str:
        """Run on the worker itself, for short work that does not need its own container."""
        log.info("On the worker %s", socket.gethostname())
        return "done"

    start_process >> [odd_task, even_task] >> numbers_task >> on_worker_task()


test_dag()
