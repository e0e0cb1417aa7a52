"""Promises of the images that `make local CONTAINERS=1` builds."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from airflow_on_fargate.local.images import build_images
from airflow_on_fargate.local.template import Template
from constructs_lib.shared.bad_input import BadInputError
from tests.clone import Clone
from tests.docker.airflow_image import docker
from tests.docker.base_image import base_image
from tests.local.aws.endpoint import until
from tests.local.stack import copy_project
from tests.measured import measured
from tests.variants import variant

FAKE = """#!/bin/sh
cd {folder}
case $1 in
    image) grep --quiet -- "--tag $3 " builds ;;
    version) [ ! -e broken ] && echo amd64 ;;
    build) echo "$@" >>builds ;;
esac
"""
"""A docker that has the images that it has built."""


@pytest.fixture(name="template")
def _template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Template:
    """Return a stage's JSON, on a machine with a docker that builds nothing."""
    file = tmp_path / "cdk.tf.json"
    file.write_text(json.dumps(variant("compact").document))
    (tmp_path / "builds").touch()
    (tmp_path / "docker").write_text(FAKE.format(folder=tmp_path))
    (tmp_path / "docker").chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return Template(file)


def test_an_image_is_built_once(template: Template, tmp_path: Path) -> None:
    """Each of the stage's, under the name of its repository alone; Docker has it the next time."""
    build_images(template)
    built = (tmp_path / "builds").read_text().splitlines()
    build_images(template)

    assert (tmp_path / "builds").read_text().splitlines() == built
    repositories = template.stack.all("aws_ecr_repository").values()
    tags = [line.partition("--tag ")[2].partition(":")[0] for line in built]
    assert sorted(tags) == sorted(each["name"] for each in repositories)


def test_a_docker_that_does_not_answer_is_one_sentence(template: Template, tmp_path: Path) -> None:
    """Before the first build."""
    (tmp_path / "broken").touch()

    with pytest.raises(BadInputError, match=r"must be built, and Docker does not answer: "):
        build_images(template)


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
    with measured(os.environ, project=project.folder) as environment:
        process = subprocess.Popen(
            [sys.executable, "-m", "airflow_on_fargate", "local", "up", "--containers"],
            cwd=project.folder,
            env=environment,
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


@pytest.mark.docker
@pytest.mark.local
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


@pytest.mark.docker
@pytest.mark.local
def test_a_build_can_be_interrupted(project: Clone) -> None:
    """Ctrl-C ends a build at once, without a traceback."""
    mark = f"sleep 0 {project.folder.parent.name}"
    project.write("tasks/a/Dockerfile", f"FROM python:3.12-slim-bookworm\nRUN {mark}; sleep 100\n")
    building = ("ps", "--no-trunc", "--format={{.Command}}")
    with started(project) as process:
        until(lambda: mark in docker(*building), limit_sec=60)

        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=20)

    assert (process.returncode, errors) == (130, "\ninterrupted; the stack does not run\n")
    until(lambda: mark not in docker(*building))
