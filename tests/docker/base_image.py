"""The image that the project's Dockerfiles begin with, without a registry to pull it from."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.requirements_of_machine import require

NAME = "python:3.12-slim-bookworm"
PACKAGES = ("ca-certificates", "python3", "python3-venv")
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "airflow-on-fargate"
# A higher number where the next line's promise changes: a Debian 12 with Python, called python3 and python.
ROOT_FILE_SYSTEM = CACHE / "bookworm-python-1.tar"


@contextmanager
def base_image() -> Iterator[str]:
    """
    Yield the name of the image, so that the Dockerfiles are built as they are.

    Docker's own copy is used if it has one. Else Debian makes a stand-in under that name, which takes a minute or
    two the first time and is removed from Docker again.
    """
    docker = shutil.which("docker")
    require("Docker", present=bool(docker) and _succeeds("docker", "version"))
    if _succeeds("docker", "image", "inspect", NAME):
        yield NAME
        return
    stand_in = ROOT_FILE_SYSTEM.exists() or (bool(shutil.which("debootstrap")) and os.geteuid() == 0)
    require(f"{NAME} (docker pull it, or install debootstrap and run as root)", present=stand_in)
    if not ROOT_FILE_SYSTEM.exists():
        _make_root_file_system()
    _run("docker", "import", str(ROOT_FILE_SYSTEM), NAME)
    yield NAME
    _run("docker", "image", "rm", "--force", NAME)


def _make_root_file_system() -> None:
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        root, tar = Path(folder, "root"), Path(folder, "root.tar")
        _run("debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", "bookworm", str(root))
        (root / "usr/bin/python").symlink_to("python3")
        if CERTIFICATES.exists():
            # Where a proxy answers for the package index, the machine knows its certificate.
            shutil.copy(CERTIFICATES, root / CERTIFICATES.relative_to("/"))
        _run("tar", "--create", f"--file={tar}", f"--directory={root}", "--exclude=./var/cache/apt/*", ".")
        # Under its name only when it is complete, also for two runs at once.
        whole = CACHE / f"{ROOT_FILE_SYSTEM.name}.{os.getpid()}"
        shutil.move(tar, whole)
        whole.rename(ROOT_FILE_SYSTEM)


def _succeeds(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _run(*command: str) -> None:
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, f"{' '.join(command)}:\n{run.stdout[-2000:]}{run.stderr[-2000:]}"
