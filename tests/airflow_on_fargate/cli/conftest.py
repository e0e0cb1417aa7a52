"""A project with a composed stage, and an AWS in which it is deployed or not."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

import stages as stages_file
from constructs_lib.settings.settings import Settings
from tests.clone import PROJECT
from tests.variants import changed

REGION = "eu-central-1"
Client = Any


@pytest.fixture(name="endpoint", scope="module")
def _endpoint() -> Iterator[str]:
    """Serve AWS's API on loopback, and return its URL."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(name="folder", scope="module")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project whose main.py has composed a stage whose Terraform takes a role."""
    folder = tmp_path_factory.mktemp("project")
    stack = folder / "cdktf.out" / "stacks" / "airflow-dev"
    stack.mkdir(parents=True)
    template = changed("compact", region=REGION, assume_role_arn="arn:aws:iam::123456789012:role/deploy")
    (stack / "cdk.tf.json").write_text(json.dumps(template.document))
    (folder / "main.py").write_text("open('cdktf.out/manifest.json', 'w').close()\n")
    return folder


@pytest.fixture(name="project")
def _project(folder: Path, endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Run the commands in the project, with AWS's API on loopback."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr(stages_file, "STAGES", (Settings(stage="dev", state_bucket="states"),))
    monkeypatch.delenv("TF_STATE_BUCKET", raising=False)
    monkeypatch.setenv("PYTHONPATH", str(PROJECT))
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    return folder


@pytest.fixture(name="ecs")
def _ecs(project: Path) -> Iterator[Client]:
    """Return the ECS that the commands ask, with an empty cluster."""
    assert project.is_dir()
    ecs = boto3.client("ecs", region_name=REGION)
    ecs.create_cluster(clusterName="airflow-dev")
    yield ecs
    for service in ecs.list_services(cluster="airflow-dev")["serviceArns"]:
        ecs.delete_service(cluster="airflow-dev", service=service, force=True)


@pytest.fixture(name="deployed")
def _deployed(ecs: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let ECS have the stage's only service, with a task that runs, as Terraform leaves it."""
    monkeypatch.setenv("MOTO_ECS_SERVICE_RUNNING", "1")
    family = "airflow-dev-airflow"
    container = {"name": "dag-processor", "image": "x", "memory": 512}
    ecs.register_task_definition(family=family, containerDefinitions=[container])
    ecs.create_service(cluster="airflow-dev", serviceName="airflow", taskDefinition=family, desiredCount=1)
