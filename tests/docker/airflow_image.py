"""The image of docker/Dockerfile, built for tests."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.certificates import Authority, make_authority
from tests.docker.base_image import base_image

PROJECT = Path(__file__).parents[2]
NAME = "airflow-on-fargate-test"
LOCK = Path(tempfile.gettempdir(), "airflow-on-fargate-test-image.lock")
AUTHORITY = Path(tempfile.gettempdir(), f"airflow-on-fargate-test-authority-{os.getuid()}")
OF_THIS_MACHINE = Path("/usr/local/share/ca-certificates")
"""Where a proxy answers for the package index, the build has to trust it."""


def authority() -> Authority:
    """
    Return the authority that every image of these tests trusts.

    It is made once on a machine: all images share the layer that installs Airflow, which begins with the authorities.
    """
    with LOCK.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not AUTHORITY.exists():
            with tempfile.TemporaryDirectory(dir=AUTHORITY.parent) as folder:
                make_authority(Path(folder, "made"))
                Path(folder, "made").rename(AUTHORITY)
    return Authority.of(AUTHORITY)


def add_authorities(project: Path) -> None:
    """Let the image of *project* trust the authority of these tests, and those of this machine."""
    folder = project / "docker/certificates"
    folder.mkdir(exist_ok=True)
    for file in (authority().certificate, *OF_THIS_MACHINE.glob("*.crt")):
        shutil.copy(file, folder / f"{file.stem}.crt")


def copy_project(folder: Path) -> Path:
    """Copy what the image is built from into *folder*, a new one, add the authorities, and return it."""
    for name in ("constructs_lib", "plugins", "dags", "tasks", "docker", ".dockerignore"):
        if (PROJECT / name).is_dir():
            shutil.copytree(PROJECT / name, folder / name)
        elif (PROJECT / name).exists():
            shutil.copy(PROJECT / name, folder / name)
    add_authorities(folder)
    return folder


@contextmanager
def airflow_image(context: Path | None = None, tag: str = "latest", *options: str) -> Iterator[str]:
    """
    Yield the name of the Airflow image of *context*, by default a copy of the project, built with *options*.

    It takes three minutes the first time. It stays in Docker under this name, so that the next build finds its layers.

    Raises:
        subprocess.CalledProcessError: the build failed; `output` is Docker's.

    """
    name = f"{NAME}:{tag}"
    with ExitStack() as stack:
        if context is None:
            context = copy_project(Path(stack.enter_context(tempfile.TemporaryDirectory()), "project"))
        _build(name, context, *options)
    yield name


def _build(name: str, context: Path, *options: str) -> None:
    command = [
        "docker",
        "build",
        "--network=host",
        f"--tag={name}",
        f"--file={context}/docker/Dockerfile",
        *options,
        str(context),
    ]
    with base_image(), LOCK.open("a") as lock:
        # Tests that build at the same time would all do the same work.
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True)


def docker(*arguments: str) -> str:
    """Run docker and return what it prints."""
    run = subprocess.run([str(shutil.which("docker")), *arguments], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def program(name: str) -> str:
    """Return the text of a program in tests/docker/programs: the image has no tests."""
    return Path(__file__).with_name("programs").joinpath(f"{name}.py").read_text()


def python(image: str, name: str) -> str:
    """Run the program *name* in a container of *image* without a network; return what it prints."""
    return docker("run", "--rm", "--network=none", image, "python", "-c", program(name))
