import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from airflow_on_fargate.local.docker import (
    PROCESS,
    TASK,
    check_docker,
    container_name,
    docker_launch,
    remove_containers,
)
from airflow_on_fargate.local.launch import Agent, CannotStartError, Container, process_launch
from airflow_on_fargate.local.state import State
from constructs_lib.shared.bad_input import BadInputError
from tests.clone import PROJECT
from tests.docker.airflow_image import docker
from tests.docker.base_image import base_image

DEFINITION = {
    "name": "it",
    "image": "it:1",
    "environment": [{"name": "A", "value": "a value"}],
    "mountPoints": [
        {"sourceVolume": "dags", "containerPath": "/opt/airflow/dags", "readOnly": True},
        {"sourceVolume": "shared-volume", "containerPath": "/shared-volume", "readOnly": False},
    ],
}


@pytest.fixture(name="state")
def _state(tmp_path: Path) -> State:
    """Return an empty state folder."""
    state = State(tmp_path)
    state.make()
    return state


@pytest.fixture(name="base")
def _base() -> Iterator[str]:
    """Have an image to make containers of."""
    with base_image() as name:
        yield name


def fake_docker(folder: Path, line: str = "exit 0") -> Path:
    """Write a docker command of one *line* into *folder*, and return the folder."""
    (folder / "docker").write_text(f"#!/bin/sh\n{line}\n")
    (folder / "docker").chmod(0o700)
    return folder


def launched(state: State) -> tuple[Agent, Container]:
    """Return a container, and who starts it."""
    container = Container(definition=DEFINITION, task_role_arn="a", execution_role_arn="b", process="it")
    return Agent(state=state, endpoint="http://127.0.0.1:1", region="us-east-1", containers=True), container


@pytest.mark.docker
def test_a_container_may_write_where_its_definition_lets_it(state: State) -> None:
    """A container mounts the volumes of its definition, and no value is in its arguments."""
    agent, container = launched(state)

    launch = docker_launch(container, agent, kind=PROCESS, init=False)

    assert f"--volume={state.folder.parent}/dags:/opt/airflow/dags:ro" in launch.command
    assert f"--volume={state.shared_volume}:/shared-volume:rw" in launch.command
    assert "--env=A" in launch.command
    assert launch.environment["A"] == "a value"
    assert "a value" not in " ".join(launch.command)


@pytest.mark.docker
def test_the_proxies_of_this_machine_are_handed_over(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    """Containers and processes get this machine's proxies, and reach AWS without them."""
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    agent, container = launched(state)

    in_docker = docker_launch(container, agent, kind=TASK, init=True)
    process = process_launch(container, agent, command=["true"], folder=state.folder)

    for launch in (in_docker, process):
        assert launch.environment["HTTPS_PROXY"] == "http://proxy:3128"
        assert "127.0.0.1" in launch.environment["NO_PROXY"].split(",")
    assert {"--env=HTTPS_PROXY", "--env=NO_PROXY", "--env=no_proxy"} <= set(in_docker.command)


def test_a_container_cannot_use_more_memory_than_its_limit(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither swap: Fargate has none."""
    monkeypatch.setenv("PATH", str(fake_docker(state.folder)))
    agent, container = launched(state)

    launch = docker_launch(replace(container, memory_mib=512), agent, kind=TASK, init=True)

    assert {"--memory=512m", "--memory-swap=512m", "--init"} <= set(launch.command)


def test_docker_runs_the_health_check_of_the_definition(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    """It begins sooner than on AWS, because Docker waits one interval before the first check."""
    monkeypatch.setenv("PATH", str(fake_docker(state.folder)))
    agent, container = launched(state)
    check = {"command": ["CMD", "is", "healthy"], "interval": 30, "timeout": 5, "retries": 3, "startPeriod": 120}

    launch = docker_launch(
        replace(container, definition={**DEFINITION, "healthCheck": check}), agent, kind=PROCESS, init=False
    )

    assert [word for word in launch.command if word.startswith("--health")] == [
        *("--health-cmd=is healthy", "--health-interval=2s", "--health-timeout=5s"),
        *("--health-retries=3", "--health-start-period=120s"),
    ]


def test_a_container_does_not_start_without_docker(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason is that of a stopped task."""
    monkeypatch.setenv("PATH", "/nowhere")
    agent, container = launched(state)

    with pytest.raises(CannotStartError, match=r"^CannotStartContainerError: there is no docker command on the PATH$"):
        docker_launch(container, agent, kind=TASK, init=True)


def test_a_docker_that_answers_is_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Docker that answers is accepted, and a broken one that gives no reason is refused."""
    monkeypatch.setenv("PATH", str(fake_docker(tmp_path)))
    check_docker()

    monkeypatch.setenv("PATH", str(fake_docker(tmp_path, "exit 1")))
    with pytest.raises(BadInputError, match=r"^CONTAINERS=1 needs Docker: docker version fails; start Docker, or "):
        check_docker()


def test_two_clones_have_containers_of_their_own(tmp_path: Path) -> None:
    """Two clones of the project have different names of containers."""
    names = {container_name(State(tmp_path / each / "project"), "worker") for each in ("a", "b")}

    assert len(names) == 2


@pytest.mark.docker
def test_what_a_crash_leaves_behind_is_removed(base: str, state: State, tmp_path: Path) -> None:
    """Containers that a crash left are removed, of the given kinds and of this clone only."""
    other = State(tmp_path / "other")
    made = {}
    for where, kind in ((state, PROCESS), (state, TASK), (other, TASK)):
        label = f"--label=airflow-local.{kind}={where.folder.resolve()}"
        made[where, kind] = docker("create", label, base, "true").strip()
    docker("start", made[state, TASK])

    try:
        assert remove_containers(state, TASK)
        assert not remove_containers(state, TASK)
        left = docker("ps", "--all", "--quiet", "--no-trunc").split()
        assert [each in left for each in made.values()] == [True, False, True]
    finally:
        remove_containers(state, PROCESS)
        remove_containers(other, TASK)


def test_a_missing_docker_is_refused(monkeypatch: pytest.MonkeyPatch, state: State) -> None:
    """A missing Docker is refused with what to do."""
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(BadInputError) as refused:
        check_docker()

    sentence = (
        "CONTAINERS=1 needs Docker: there is no docker command on the PATH; start Docker, or leave CONTAINERS=1 out"
    )
    assert str(refused.value) == sentence
    assert not remove_containers(state, PROCESS, TASK)


@pytest.mark.docker
@pytest.mark.usefixtures("base")
def test_a_docker_that_does_not_run_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Docker that does not answer is refused before anything is composed or built."""
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    command = [sys.executable, "-m", "airflow_on_fargate", "local", "up", "--containers"]

    run = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)

    assert run.returncode == 1
    assert run.stdout == ""
    assert run.stderr.startswith("error: CONTAINERS=1 needs Docker: ")
    assert "/nowhere/docker.sock" in run.stderr
    assert run.stderr.endswith("; start Docker, or leave CONTAINERS=1 out\n")
    assert run.stderr.count("\n") == 1
