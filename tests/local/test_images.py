"""Promises of the images that `make local CONTAINERS=1` builds, where a build does not come to its end."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.clone import Clone
from tests.docker.airflow_image import docker
from tests.docker.base_image import base_image
from tests.local.aws.endpoint import until
from tests.local.stack import copy_project

pytestmark = [pytest.mark.docker, pytest.mark.local]


@pytest.fixture(name="project")
def _project() -> Iterator[Clone]:
    """Return a copy of the project; the image of its task `a` is the first to be built."""
    with base_image(), tempfile.TemporaryDirectory(prefix="stack-") as folder:
        project = Clone(copy_project(Path(folder, "project")))
        project.write("tasks/a/task.toml", "")
        yield project


@contextmanager
def started(project: Clone) -> "Iterator[subprocess.Popen[str]]":
    """Start `make local CONTAINERS=1`, as a terminal does: with its children in a group of their own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "airflow_on_fargate.local", "up", "--containers"],
        cwd=project.folder,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def test_a_failed_build_shows_its_reason(project: Clone) -> None:
    """A failed build shows Docker's output, and nothing is started."""
    project.write("tasks/a/Dockerfile", "FROM python:3.12-slim-bookworm\nCOPY libs libs\nRUN cat libs/a/b && false\n")
    project.write("tasks/a/task.toml", "additional_folders = ['libs/a']\n")
    project.write("libs/a/b", "the reason\n")

    with started(project) as process:
        output, errors = process.communicate(timeout=100)

    assert process.returncode == 1
    assert "[airflow-dev-a] the reason\n" in output
    assert errors.startswith("error: docker build of ")
    assert "tasks/a/Dockerfile" in errors
    assert errors.endswith("failed; see the output of docker above\n")
    assert errors.count("\n") == 1
    assert not (project.folder / ".local/supervisor.sock").exists()


def test_a_build_can_be_interrupted(project: Clone) -> None:
    """Ctrl-C ends a build at once, without a traceback."""
    mark = f"sleep 0 {project.folder.parent.name}"
    project.write("tasks/a/Dockerfile", f"FROM python:3.12-slim-bookworm\nRUN {mark}; sleep 100\n")
    building = ("ps", "--no-trunc", "--format={{.Command}}")
    with started(project) as process:
        until(lambda: mark in docker(*building), limit_sec=60)

        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=20)

    assert (process.returncode, errors) == (1, "interrupted\n")
    until(lambda: mark not in docker(*building))
