"""A user's own cluster policy: it sends the tasks of one DAG from a queue without workers to another one."""

from airflow.sdk import BaseOperator


def task_policy(task: BaseOperator) -> None:
    """Send the tasks of the DAG `names_no_pool` to the queue `spot`."""
    if task.queue == "gpu" and task.dag_id == "names_no_pool":
        task.queue = "spot"
