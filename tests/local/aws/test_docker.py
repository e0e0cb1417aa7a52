import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docker.base_image import base_image
from tests.local.aws.endpoint import CLUSTER, Endpoint, running_endpoint, until
from tests.programs import python

pytestmark = pytest.mark.docker

IMAGE = "python:3.12-slim-bookworm"
WAIT, DEAF = python("wait"), python("deaf")


@pytest.fixture(name="docker_endpoint", scope="module")
def _docker_endpoint() -> Iterator[Endpoint]:
    """Return an AWS whose tasks are containers."""
    with base_image(), running_endpoint(containers=True) as endpoint:
        yield endpoint


def running(endpoint: Endpoint, command: list[str], **container: object) -> str:
    """Return the ARN of a task that has printed its first line."""
    arn = endpoint.start_task(endpoint.register("runs", image=IMAGE, command=command, **container))
    until(lambda: endpoint.task(arn)["lastStatus"] == "RUNNING" and bool(endpoint.output(endpoint.task(arn))))
    return arn


def containers(arn: str = "") -> list[str]:
    """Return the ids of the containers of a task."""
    name = f"name={arn.rpartition('/')[2]}"
    command = ["docker", "ps", "--all", "--quiet", "--filter", name]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()


def test_a_task_is_a_container(docker_endpoint: Endpoint) -> None:
    """A container has its output, exit code, variables and shared volume."""
    mount = [{"sourceVolume": "shared-volume", "containerPath": "/shared-volume"}]

    task = docker_endpoint.run(
        "is",
        python("in_container"),
        image=IMAGE,
        mountPoints=mount,
        environment=[{"name": "A", "value": "/shared-volume"}],
    )

    assert docker_endpoint.output(task) == ["/shared-volume []"]
    assert task["containers"][0]["exitCode"] == 3
    assert (docker_endpoint.state.shared_volume / "a").read_text() == "written"
    assert not containers(task["taskArn"])


def test_a_container_is_stopped(docker_endpoint: Endpoint) -> None:
    """A container gets SIGTERM, and SIGKILL after `stopTimeout`."""
    for code, exit_code in ((WAIT, 143), (DEAF, 137)):
        arn = running(docker_endpoint, code, stopTimeout=2)
        docker_endpoint.ecs.stop_task(cluster=CLUSTER, task=arn, reason="enough")
        task = docker_endpoint.stopped(arn)

        assert task["containers"][0]["exitCode"] == exit_code
        assert (task["stopCode"], task["stoppedReason"]) == ("UserInitiated", "enough")
        assert not containers(arn)


def test_an_image_that_is_missing(docker_endpoint: Endpoint) -> None:
    """A task with a missing image fails to start with Docker's reason."""
    task = docker_endpoint.run("lacks", ["true"], image="127.0.0.1:9/airflow-test-nothing:none")

    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"].startswith("CannotPullContainerError: ")
    assert "127.0.0.1:9" in task["stoppedReason"]


def test_an_exit_code_of_dockers_is_the_containers_too(docker_endpoint: Endpoint) -> None:
    """Exit code 125 can come from the container itself."""
    task = docker_endpoint.run("ends", ["python", "-c", "raise SystemExit(125)"], image=IMAGE)

    assert task["stopCode"] == "EssentialContainerExited"
    assert task["containers"][0]["exitCode"] == 125


def test_a_container_that_uses_more_memory_than_its_task_has_is_killed(docker_endpoint: Endpoint) -> None:
    """A container above the task's memory is killed with ECS's reason."""
    task = docker_endpoint.run("grows", python("grow", "600", "0"), image=IMAGE)

    assert task["containers"][0]["exitCode"] == 137
    assert task["containers"][0]["reason"] == "OutOfMemoryError: Container killed due to memory usage"


def test_no_value_stands_in_an_argument(docker_endpoint: Endpoint) -> None:
    """No value of a variable is in Docker's arguments."""
    secret = docker_endpoint.client("secretsmanager").create_secret(Name="hidden", SecretString="very-hidden")["ARN"]
    arn = running(docker_endpoint, WAIT, secrets=[{"name": "S", "valueFrom": secret}])

    arguments = [file.read_bytes() for file in Path("/proc").glob("[0-9]*/cmdline") if file.exists()]
    assert any(arn.rpartition("/")[2].encode() in each for each in arguments)
    assert not any(b"very-hidden" in each for each in arguments)

    docker_endpoint.ecs.stop_task(cluster=CLUSTER, task=arn)
    docker_endpoint.stopped(arn)


def test_no_container_is_left(docker_endpoint: Endpoint) -> None:
    """The server ends its containers, also those that ignore SIGTERM or are just starting."""
    arns = [running(docker_endpoint, WAIT), running(docker_endpoint, DEAF)]
    family = docker_endpoint.register("runs", image=IMAGE, command=WAIT)
    for _ in range(4):
        arns.append(docker_endpoint.start_task(family))
        time.sleep(0.15)

    assert docker_endpoint.stop() < 25

    time.sleep(3)
    assert not [container for arn in arns for container in containers(arn)]
    docker_endpoint.start()


def test_a_killed_server_leaves_no_container_behind(docker_endpoint: Endpoint) -> None:
    """A restarted server removes the containers of its killed predecessor."""
    arn = running(docker_endpoint, WAIT)
    docker_endpoint.process.kill()
    docker_endpoint.process.wait()
    assert containers(arn)

    docker_endpoint.start()

    assert not containers(arn)
