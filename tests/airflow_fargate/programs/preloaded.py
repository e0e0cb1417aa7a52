"""A process that preloads, and its child."""

import json
import os
import sys
from importlib import import_module
from unittest.mock import patch

from tests.airflow_fargate.programs.process import prepare

NEEDED = (
    "airflow.dag_processing.dagbag",
    "airflow.providers.amazon.aws.log.s3_task_handler",
    "airflow.providers.standard.decorators.python",
    "airflow.sdk.execution_time.task_runner",
)


def loaded_by_child(process: str) -> list[list[str]]:
    """Return the modules that a child of *process* imports, and the descriptions of AWS's services that it reads."""
    if process == "celery":
        import_module("airflow_fargate.celery_config")
        import_module("celery.signals").import_modules.send(sender=None)
    elif process:
        prepare(process)
    reader, writer = os.pipe()
    if not os.fork():
        os.write(writer, json.dumps(_loaded()).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        found: list[list[str]] = json.load(pipe)
        return found


def _loaded() -> list[list[str]]:
    before = set(sys.modules)
    for module in NEEDED:
        import_module(module)
    _ = import_module("airflow_fargate").FargateTaskOperator
    imported = sorted(set(sys.modules) - before)
    boto3 = import_module("boto3")
    loader = import_module("botocore.loaders").JSONFileLoader
    with patch.object(loader, "load_file", side_effect=loader.load_file, autospec=True) as load_file:
        for service in ("ecs", "logs", "s3"):
            boto3.Session(aws_access_key_id="a", aws_secret_access_key="b").client(service, region_name="eu-central-1")
    return [imported, [str(call.args[1]) for call in load_file.call_args_list]]


def read_by_botocore_itself() -> int:
    """Return how many descriptions the second session of boto3 reads that needs the same service."""
    boto3 = import_module("boto3")
    loader = import_module("botocore.loaders").JSONFileLoader
    found = 0
    for _ in range(2):
        with patch.object(loader, "load_file", side_effect=loader.load_file, autospec=True) as load_file:
            boto3.Session(aws_access_key_id="a", aws_secret_access_key="b").client("ecs", region_name="eu-central-1")
            found = load_file.call_count
    return found
