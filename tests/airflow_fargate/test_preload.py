"""Promises of what is imported before a process forks."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from constructs_lib.airflow.environment import environment
from tests.airflow.test_environment import STAGE

PROJECT = Path(__file__).parents[2]
LIBRARY = (str(PROJECT / "docker"), str(PROJECT))
XCOM = {name: value for name, value in environment("worker", STAGE).items() if "XCOM" in name}
CHILD = """
import json, os, sys
{start}
begun, written = os.pipe()
if not os.fork():
    before = set(sys.modules)
    import airflow_fargate, airflow.dag_processing.dagbag, airflow.sdk.execution_time.task_runner
    import airflow.providers.standard.decorators.python, airflow.providers.amazon.aws.log.s3_task_handler
    airflow_fargate.FargateTaskOperator
    imported = sorted(set(sys.modules) - before)
    import boto3, botocore.loaders
    read = []
    botocore.loaders.JSONFileLoader.load_file = lambda self, path: read.append(path)
    for service in ("ecs", "logs", "s3"):
        boto3.Session(aws_access_key_id="a", aws_secret_access_key="b").client(service, region_name="eu-central-1")
    os.write(written, json.dumps([imported, read]).encode())
    os._exit(0)
os.close(written)
print(os.fdopen(begun).read())
"""
WORKER = """
from airflow_fargate import celery_config
from celery.signals import import_modules
import_modules.send(sender=None)
"""
PROCESS = """
import runpy, airflow.__main__
airflow.__main__.main = lambda: None
sys.argv = ["process", "{name}"]
runpy.run_module("airflow_fargate.process", run_name="__main__")
"""


STARTS = [WORKER, PROCESS.format(name="dag-processor"), PROCESS.format(name="triggerer")]


@pytest.mark.parametrize("start", STARTS, ids=["worker", "dag-processor", "triggerer"])
def test_a_child_loads_nothing_that_its_parent_could_have(tmp_path: Path, start: str) -> None:
    """Neither a task's process on a worker, nor one that reads a DAG file or waits: modules, and AWS's descriptions."""
    run = subprocess.run(
        [sys.executable, "-c", CHILD.format(start=start)],
        env={**os.environ, **XCOM, "AIRFLOW_HOME": str(tmp_path), "PYTHONPATH": os.pathsep.join(LIBRARY)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout.splitlines()[-1]) == [[], []]
