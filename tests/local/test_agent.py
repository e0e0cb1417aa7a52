import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from airflow_on_fargate.local.docker import container_name
from tests.clone import PROJECT
from tests.docker.base_image import base_image
from tests.local.aws.endpoint import MINE, ROLES, Endpoint, running_endpoint
from tests.measured import measured
from tests.programs import code

SAY = code("process")


@pytest.fixture(name="endpoint", scope="module")
def _endpoint() -> Iterator[Endpoint]:
    """Return an AWS whose containers are processes."""
    with running_endpoint() as endpoint:
        yield endpoint


@pytest.fixture(name="docker_endpoint", scope="module")
def _docker_endpoint() -> Iterator[Endpoint]:
    """Return an AWS whose containers are Docker's."""
    with base_image(), running_endpoint(containers=True) as endpoint:
        yield endpoint


@contextmanager
def agent(endpoint: Endpoint, family: str, container: str) -> "Iterator[subprocess.Popen[str]]":
    """Start what the supervisor starts for a container."""
    command = [sys.executable, "-m", "airflow_on_fargate.local.agent", "--state", str(endpoint.state.folder)]
    with (
        measured({"PATH": "/usr/bin:/bin", **MINE, "PYTHONPATH": ""}, becomes_another=True) as environment,
        subprocess.Popen(
            [*command, "--family", family, "--container", container],
            cwd=PROJECT,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process,
    ):
        yield process


def report_of(process: "subprocess.Popen[str]") -> dict[str, Any]:
    """Return what the container has printed."""
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    found: dict[str, Any] = json.loads(output)
    return found


def test_the_agent_becomes_the_process(endpoint: Endpoint) -> None:
    """The agent becomes the process under the same id, in Airflow's folder."""
    family = endpoint.register("becomes", entryPoint=[sys.executable, "-c"], command=[SAY])

    with agent(endpoint, family, "becomes") as process:
        found = report_of(process)

    assert found["pid"] == process.pid
    assert found["cwd"] == str(endpoint.state.airflow_home)


def test_the_process_has_its_definitions_variables_and_no_others(endpoint: Endpoint) -> None:
    """The process has the variables, secrets and role of its definition, without keys or the shell's variables."""
    secret = endpoint.client("secretsmanager").create_secret(Name="agent", SecretString='{"a": "secret"}')["ARN"]
    family = endpoint.register(
        "variables",
        entryPoint=[sys.executable, "-c"],
        command=[SAY],
        environment=[{"name": "A", "value": "definition"}],
        secrets=[{"name": "S", "valueFrom": f"{secret}:a::"}],
    )

    with agent(endpoint, family, "variables") as process:
        variables = report_of(process)["variables"]

    assert (variables["A"], variables["S"]) == ("definition", "secret")
    assert variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"].endswith(ROLES.partition("role")[2] + "/variables")
    assert variables["AWS_ENDPOINT_URL"] == endpoint.machine.endpoint
    assert not {"AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN", "SOMETHING_OF_MINE"} & set(variables)


def test_a_missing_secret_is_refused(endpoint: Endpoint) -> None:
    """A missing secret is refused in one sentence."""
    family = endpoint.register("lacks", command=["true"], secrets=[{"name": "S", "valueFrom": "/nobody"}])

    with agent(endpoint, family, "lacks") as process:
        _, errors = process.communicate(timeout=60)

    assert process.returncode == 1
    assert errors.startswith("ResourceInitializationError: the value of S, /nobody, cannot be read: ")
    assert "Traceback" not in errors


def test_an_unknown_container_is_refused(endpoint: Endpoint) -> None:
    """An unknown container or family is refused."""
    family = endpoint.register("there", command=["true"])

    for asked, container, sentence in (
        (family, "other", f"{family} has no container 'other'; its containers are there\n"),
        ("none", "there", "there of none cannot start: "),
    ):
        with agent(endpoint, asked, container) as process:
            _, errors = process.communicate(timeout=60)

        assert process.returncode == 1
        assert sentence in errors
        assert "Traceback" not in errors


@pytest.mark.docker
def test_the_agent_becomes_a_container(docker_endpoint: Endpoint) -> None:
    """The agent becomes a container with the image's command, and replaces one that a crash left."""
    family = docker_endpoint.register(
        "agent-test",
        image="python:3.12-slim-bookworm",
        command=["python", "-c", SAY],
        environment=[{"name": "A", "value": "definition"}],
    )
    name = container_name(docker_endpoint.state, "agent-test")
    left = ["docker", "create", "--name", name, "python:3.12-slim-bookworm", "true"]
    subprocess.run(left, check=True, capture_output=True)

    with agent(docker_endpoint, family, "agent-test") as process:
        found = report_of(process)

    assert found["pid"] == 1
    assert found["variables"]["A"] == "definition"
    assert "SOMETHING_OF_MINE" not in found["variables"]
    assert not _containers(name)


def _containers(name: str) -> list[str]:
    command = ["docker", "ps", "--all", "--quiet", "--filter", f"name={name}"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
