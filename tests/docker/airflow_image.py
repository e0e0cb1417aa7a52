"""The image of docker/Dockerfile, built for tests."""

import fcntl
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.docker.base_image import base_image

PROJECT = Path(__file__).parents[2]
NAME = "airflow-on-fargate-test"
LOCK = Path(tempfile.gettempdir(), "airflow-on-fargate-test-image.lock")


def copy_project(folder: Path) -> Path:
    """Copy what the image is built from into *folder*, a new one, and return it."""
    for name in ("constructs_lib", "plugins", "dags", "tasks", "docker", ".dockerignore"):
        if (PROJECT / name).is_dir():
            shutil.copytree(PROJECT / name, folder / name)
        elif (PROJECT / name).exists():
            shutil.copy(PROJECT / name, folder / name)
    return folder


@contextmanager
def airflow_image(context: Path = PROJECT, tag: str = "latest") -> Iterator[str]:
    """
    Yield the name of the Airflow image of *context*, a folder like the project's.

    It takes three minutes the first time. It stays in Docker under this name, so that the next build finds its layers.

    Raises:
        subprocess.CalledProcessError: the build failed; `output` is what Docker said.

    """
    name = f"{NAME}:{tag}"
    command = [
        "docker",
        "build",
        "--network=host",
        f"--tag={name}",
        f"--file={context}/docker/Dockerfile",
        str(context),
    ]
    with base_image(), LOCK.open("a") as lock:
        # Tests that build at the same time would all do the same work.
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True)
    yield name


def docker(*arguments: str) -> str:
    """Run docker and return what it prints."""
    run = subprocess.run([str(shutil.which("docker")), *arguments], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def python(image: str, code: str) -> str:
    """Run *code* in a container of *image*, as its user and out of reach of any network, and return what it prints."""
    return docker("run", "--rm", "--network=none", image, "python", "-c", code)
