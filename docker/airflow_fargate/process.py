"""
Run `airflow <arguments>` with a heartbeat for the health check: `python -m airflow_fargate.process <arguments>`.

The scheduler, the dag-processor and the triggerer call `Job.heartbeat` from their main loop every five seconds. The
file is touched before they try to reach the database.
"""

import os
import sys

from airflow.__main__ import main
from airflow.jobs.job import Job
from airflow.models.crypto import get_fernet
from airflow.sdk.execution_time import supervisor

from airflow_fargate.health import beat
from airflow_fargate.log_server import listen_on_one_address
from airflow_fargate.preload import preload
from airflow_fargate.secret_isolation import forget

_heartbeat = Job.heartbeat
_block_orm_access = supervisor.block_orm_access


def _heartbeat_and_beat(self: Job, *args: object, **kwargs: object) -> None:
    beat()
    _heartbeat(self, *args, **kwargs)  # type: ignore[arg-type]


def _block_orm_access_and_forget() -> None:
    """Remove the stack's secrets, and block the database as Airflow does, before this process runs a DAG's code."""
    forget()
    _block_orm_access()  # type: ignore[no-untyped-call] # Airflow's own has no types


if __name__ == "__main__":
    Job.heartbeat = _heartbeat_and_beat  # type: ignore[method-assign]
    if sys.argv[1:2] in (["dag-processor"], ["triggerer"]):
        preload()
        # Airflow calls it first in each process that reads a DAG file or runs triggers.
        supervisor.block_orm_access = _block_orm_access_and_forget
    if sys.argv[1:2] == ["dag-processor"]:
        from airflow_fargate.dag_processor.manager import install as install_manager

        install_manager()
    if sys.argv[1:2] == ["scheduler"]:
        from airflow_fargate.celery_results import leave_results_unread
        from airflow_fargate.dag_retention import start_retention

        leave_results_unread()
        start_retention(os.environ)
    if sys.argv[1:2] == ["triggerer"]:
        from airflow_fargate.triggerer.supervisor import install

        install()
        listen_on_one_address()
        # The process of the triggers decrypts their arguments; Airflow creates this object once.
        get_fernet()
    sys.argv[0] = "airflow"
    main()  # type: ignore[no-untyped-call] # Airflow's own has no types
