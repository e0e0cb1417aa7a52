"""
Airflow's cluster policy here: a task goes to a queue that workers serve, and into that queue's pool.

Airflow finds it by the entry point `airflow.policy` in airflow_fargate-1.dist-info; the module airflow_local_settings,
the other way to give policies, is the user's.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from airflow.exceptions import AirflowClusterPolicyViolation
from airflow.policies import hookimpl

from constructs_lib.shared.containers import DEFAULT_POOL, DEFAULT_QUEUE

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator

QUEUES = tuple(filter(None, os.environ.get("AIRFLOW_FARGATE_QUEUES", "").split(",")))
"""The queues that workers serve; without any, as in a test of a DAG, nothing is refused."""


@hookimpl
def task_policy(task: BaseOperator) -> None:
    """
    Refuse a queue that no worker serves: its tasks would stay queued.

    A task whose DAG names no pool gets the one that has its queue's name (`airflow_fargate.migration.migrate`). However
    many tasks are ready for one queue, Airflow still sends tasks to the others.

    Raises:
        AirflowClusterPolicyViolation: Airflow shows it as an import error of the DAG's file.

    """
    if QUEUES and task.queue not in QUEUES:
        msg = (
            f"task {task.task_id!r} of DAG {task.dag_id!r} has queue={task.queue!r}, which no worker serves;"
            f" the queues are {', '.join(QUEUES)}"
        )
        raise AirflowClusterPolicyViolation(msg)
    if QUEUES and task.pool == DEFAULT_POOL and task.queue != DEFAULT_QUEUE:
        task.pool = task.queue
