"""AWS is moto's server, and docker a small program that records its calls; `tests/docker/` uses the real one."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.push_image.docker import Docker

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """Serve AWS's API on loopback."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    yield f"http://127.0.0.1:{port}"
    server.stop()


@pytest.fixture
def ecr(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator["ECRClient"]:
    """Return ECR with one empty repository."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    client = boto3.client("ecr", region_name="eu-central-1")
    client.create_repository(repositoryName="airflow-dev-x", imageTagMutability="IMMUTABLE")
    yield client
    client.delete_repository(repositoryName="airflow-dev-x", force=True)


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Docker:
    """Put a docker command first on the PATH, whose user has settings."""
    folder = tmp_path / "bin"
    folder.mkdir()
    settings = tmp_path / "settings"
    (settings / "contexts").mkdir(parents=True)
    (settings / "config.json").write_text(
        json.dumps({"credsStore": "keychain", "credHelpers": {"gcr.io": "gcloud"}, "currentContext": "colima"})
    )
    monkeypatch.setenv("DOCKER_CONFIG", str(settings))
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    return Docker(folder)


@pytest.fixture
def context(tmp_path: Path) -> Path:
    """Return a folder to build."""
    folder = tmp_path / "x"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM scratch\n")
    return folder
