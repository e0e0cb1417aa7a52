"""What nearly every task and DAG file imports, imported once before a process forks: its children share it."""

import gc
from importlib import import_module

MODULES = (
    "airflow.dag_processing.dagbag",
    "airflow.providers.amazon.aws.log.s3_task_handler",
    "airflow.providers.standard.decorators.python",
    "airflow.sdk.execution_time.task_runner",
    "airflow_fargate.fargate_task_operator",
    "airflow_fargate.hand_back",
)


def preload() -> None:
    """
    Import them.

    Each task on a worker and each reading of a DAG file is a process of its own, that would import them again: half a
    second of a processor each time, more on a small Fargate task.
    """
    for module in MODULES:
        import_module(module)
    # A collection in a child would write to each object's page, and so copy what is shared.
    gc.collect()
    gc.freeze()
