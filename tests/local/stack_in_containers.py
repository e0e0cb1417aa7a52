"""The stack of a stage in containers, as `make local CONTAINERS=1` runs it, and what Docker says of them."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from airflow_on_fargate.local.docker import container_name
from tests.docker.airflow_image import add_authorities, airflow_image, docker
from tests.docker.base_image import base_image
from tests.local.stack import Stack, copy_project, running


@contextmanager
def running_in_containers(stage: str) -> Iterator[Stack]:
    """Run the stack of *stage*; its images take their layers from the one that other tests look at."""
    images = ("image", "ls", f"--filter=reference=airflow-{stage}-*", "--format={{.Repository}}:{{.Tag}}")
    with base_image(), airflow_image(), tempfile.TemporaryDirectory(prefix="stack-") as folder:
        before = set(docker(*images).split())
        try:
            project = copy_project(Path(folder, "project"))
            add_authorities(project)
            with running(project, "--containers", f"--stage={stage}") as stack:
                yield stack
        finally:
            if made := set(docker(*images).split()) - before:
                docker("image", "rm", *made)


def containers(stack: Stack, kind: str) -> list[str]:
    """Return the ids of the containers of the stack, running or not."""
    label = f"airflow-local.{kind}={stack.state.folder.resolve()}"
    return docker("ps", "--all", "--quiet", f"--filter=label={label}").split()


def inspected(stack: Stack, program: str) -> dict[str, Any]:
    """Return what Docker says of the container of a program."""
    [found] = json.loads(docker("inspect", container_name(stack.state, program)))
    return dict(found)


def python(stack: Stack, program: str, code: str) -> str:
    """Run *code* in the container of a program, with its user and its variables, and return what it prints."""
    return docker("exec", container_name(stack.state, program), "python", "-c", code).strip()
