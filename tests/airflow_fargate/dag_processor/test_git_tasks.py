"""Promises of the task folders of DAG bundles in Git: a DAG waits until the stage has deployed its folder."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from benchmarks.dag_bundles.git_server import GitRepository, git_server
from tests.airflow_fargate.dag_bundles.dag_bucket import BUCKET
from tests.airflow_fargate.dag_bundles.git_bundle import Bundle, bundle_process
from tests.requirements_of_machine import require

NOT_DEPLOYED = "task='new' is in tasks/ of this version, but not deployed in the stage: run airflow-fargate deploy"
KEY = "tasks.json"
FILES = {
    "dags/named.py": "FargateTaskOperator(task_id='t', task='new')",
    "dags/other.py": "FargateTaskOperator(task_id='t', task='old')",
    "tasks/new/task.toml": "",
    "tasks/old/task.toml": "",
}


@dataclass(frozen=True)
class Processor:
    """A dag-processor that follows a bundle in Git, and the bucket of its stage."""

    s3: Any
    bundle: Bundle

    def deploy(self, *tasks: str) -> None:
        """Write the table as a deployment of the folders *tasks* does."""
        table = json.dumps({"format": 1, "tasks": {task: {} for task in tasks}})
        self.s3.put_object(Bucket=BUCKET, Key=KEY, Body=table.encode())

    def ask(self, function: str, *arguments: str) -> Any:  # noqa: ANN401 any JSON
        """Return what a *function* of the program returns."""
        return self.bundle.process.ask(function, self.bundle.key, *arguments)


@pytest.fixture(name="processor")
def _processor(tmp_path: Path) -> Iterator[Processor]:
    require("git", present=bool(shutil.which("git")))
    moto = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    moto.start()
    url = "http://{}:{}".format(*moto.get_host_and_port())
    s3 = boto3.Session("test", "test", region_name="us-east-1").client("s3", endpoint_url=url)
    s3.create_bucket(Bucket=BUCKET)
    GitRepository(tmp_path / "team").commit(FILES)
    variables = {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL": url}
    with git_server(tmp_path) as server, bundle_process(tmp_path / "airflow", **variables) as process:
        bundle = process.bundle(name="dags", url=f"{server.url}/team/.git", tasks_bucket=BUCKET, tasks_key=KEY)
        yield Processor(s3, bundle)
    moto.stop()


def test_a_dag_waits_until_its_folder_is_deployed(processor: Processor) -> None:
    """A DAG in Git that names a new folder fails with what to do, and is parsed again when the folder is deployed."""
    processor.deploy("old")
    assert "dags/named.py" in processor.ask("follow")
    processor.ask("affected_by_deployment")

    assert processor.ask("parse", "new") == NOT_DEPLOYED
    assert processor.ask("parse", "old") == ""

    processor.deploy("new", "old")
    assert processor.ask("affected_by_deployment") == ["dags/named.py"]
    assert processor.ask("parse", "new") == ""
    assert processor.ask("affected_by_deployment") == []


def test_without_a_table_dags_are_parsed(processor: Processor) -> None:
    """A dag-processor that cannot read the table, such as while S3 is away, parses all DAGs."""
    processor.s3.delete_object(Bucket=BUCKET, Key=KEY)
    processor.ask("follow")

    assert processor.ask("affected_by_deployment") == []
    assert processor.ask("parse", "new") == ""
