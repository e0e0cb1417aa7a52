"""Celery's configuration on a worker: Airflow's own, a heartbeat, and a stop that loses nothing."""

import os
from typing import Any

from airflow.providers.celery.executors.default_celery import DEFAULT_CELERY_CONFIG
from celery.apps.worker import Worker  # type: ignore[import-untyped] # Celery has no types
from celery.signals import (  # type: ignore[import-untyped] # as above
    import_modules,
    task_received,
    worker_init,
    worker_ready,
)

from airflow_fargate.celery_results import leave_results_unread
from airflow_fargate.dag_bundles.prefetch import prefetch
from airflow_fargate.log_server import listen_on_one_address
from airflow_fargate.preload import preload
from airflow_fargate.secret_isolation import forget
from airflow_fargate.worker.drain import Drain, drain_on_sigterm, is_busy
from airflow_fargate.worker.task_protection import TaskProtection

leave_results_unread()
CELERY_CONFIG: dict[str, Any] = {
    **DEFAULT_CELERY_CONFIG,
    "broker_transport": "airflow_fargate.worker.sqs:Transport",
    # While the database does not answer, a message waits in its process until Celery can store that it has started.
    # Otherwise Celery gives up at once, takes the next message, and all of them wait for [scheduler]
    # task_queued_timeout, ten minutes.
    "result_backend_always_retry": True,
}
# Airflow reads this module before it starts the log server.
listen_on_one_address()


@import_modules.connect  # type: ignore[untyped-decorator] # Celery has no types
def _preload(**_: object) -> None:
    # Celery sends it before its processes are forked, and after Airflow has started the log server, which needs a key.
    preload()
    forget()
    prefetch()


@worker_init.connect  # type: ignore[untyped-decorator] # Celery has no types
def _add_steps(sender: Worker, **_: object) -> None:
    sender.app.steps["consumer"].add(Drain)


@worker_ready.connect  # type: ignore[untyped-decorator] # as above
def _stand_by(**_: object) -> None:
    drain_on_sigterm()
    if os.environ.get("AIRFLOW_FARGATE_TASK_PROTECTION") == "True":
        protection = TaskProtection(os.environ["ECS_AGENT_URI"], is_busy)
        protection.start()
        # Sent by the loop before the task is handed to a process; kept, for Celery's signals hold no reference.
        task_received.connect(protection.wake, weak=False)
