"""Load what nearly every task and DAG file needs, once before a process forks, so that its children share it."""

import gc
import inspect
import logging
from functools import cache
from importlib import import_module

import boto3
import botocore.session

MODULES = (
    "airflow.dag_processing.dagbag",
    "airflow.providers.amazon.aws.log.s3_task_handler",
    "airflow.providers.standard.decorators.python",
    "airflow.sdk.execution_time.supervisor",
    "airflow.sdk.execution_time.task_runner",
    "airflow_fargate.fargate_task_operator",
)
SERVICES = ("ecs", "logs", "s3")
"""The services of a `FargateTaskOperator`, and the one for the log of every task."""
PLUMBING = ("aiobotocore.credentials", "botocore.configprovider", "botocore.credentials")
"""Loggers that write the source of credentials and endpoints into each task's log; only their warnings are kept."""


def preload() -> None:
    """
    Load it.

    Each task on a worker and each reading of a DAG file is a process that would import it again: half a second of CPU
    each time, more on a small Fargate task.
    """
    for name in PLUMBING:
        # Airflow's `[logging] namespace_levels` is only for loggers of structlog.
        logging.getLogger(name).setLevel(logging.WARNING)
    for module in MODULES:
        import_module(module)
    # Each session of boto3 would read AWS's description of a service again, a megabyte of JSON, and Airflow creates a
    # session for every client. A loader only reads.
    botocore.session.create_loader = cache(botocore.session.create_loader)
    # With keys, which are not used, boto3 does not look for credentials.
    session = boto3.Session(aws_access_key_id="none", aws_secret_access_key="none")  # noqa: S106 none it is
    for service in SERVICES:
        session.client(service, region_name="us-east-1")  # type: ignore[call-overload] # one name each
    # Airflow's AWS hooks look at the stack to name their caller, for which Python maps all modules, once.
    inspect.stack()
    # A garbage collection in a child would write to each object's page, and so copy the shared memory.
    gc.collect()
    gc.freeze()
