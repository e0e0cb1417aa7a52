"""
The addresses of the log servers of a worker and a triggerer.

Airflow lets them listen on all addresses. On AWS the security group keeps others out; on one machine nothing does.
"""

import os
from functools import partial
from importlib import import_module
from types import SimpleNamespace
from typing import Any

HOST = "AIRFLOW_FARGATE_LOG_SERVER_HOST"
"""The variable with the address to listen on and to be reached at; unset: all addresses, as in Airflow."""


def listen_on_one_address() -> None:
    """Let Airflow's log servers, which this process starts later, listen on the address that `HOST` names."""
    if HOST in os.environ:
        core: Any = import_module("airflow.utils.serve_logs.core")
        core.uvicorn = SimpleNamespace(run=partial(_run, core.uvicorn.run))


def address() -> str:
    """Return the address at which others find this process (`[core] hostname_callable`)."""
    return os.environ[HOST]


def _run(run: "partial[None]", application: str, **options: object) -> None:
    run(application, **{**options, "host": os.environ[HOST]})
