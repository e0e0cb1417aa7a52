"""The base image of the project's Dockerfiles, without a registry to pull it from."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.requirements_of_machine import require

NAME = "python:3.12-slim-bookworm"
# Kept in Docker, because a new base image would make Docker build all images on top of it again.
# A higher number where what it is made of changes.
STAND_IN = "airflow-on-fargate-test-base:1"
LIBRARIES = ("libbz2-1.0", "libffi8", "liblzma5", "libreadline8", "libsqlite3-0", "libssl3", "libuuid1", "zlib1g")
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
NOT_COPIED = ("__pycache__", "config-3.12-*", "idlelib", "site-packages", "test", "tkinter", "_tkinter.*")
LOCK = Path(tempfile.gettempdir(), "airflow-on-fargate-test-base.lock")


@contextmanager
def base_image() -> Iterator[str]:
    """
    Yield the name of the image, so that the Dockerfiles are built as they are.

    Docker's own copy is used if it has one. Else Debian and the Python of this machine make a stand-in, which takes a
    minute the first time and has that name for as long as a test needs it.
    """
    docker = shutil.which("docker")
    require("Docker", present=bool(docker) and _succeeds("docker", "version"))
    if _id(NAME) not in {"", _id(STAND_IN)}:
        yield NAME
        return
    with LOCK.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        if not _id(STAND_IN):
            fcntl.flock(lock, fcntl.LOCK_EX)
            # Another test may have made it meanwhile.
            if not _id(STAND_IN):
                _make_stand_in()
            fcntl.flock(lock, fcntl.LOCK_SH)
        _run("docker", "tag", STAND_IN, NAME)
        try:
            yield NAME
        finally:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                # Another test still builds with it, and removes the name.
                pass
            else:
                _run("docker", "image", "rm", NAME)


def _make_stand_in() -> None:
    """Make what Docker's image is: Debian 12, and under /usr/local a Python 3.12 that Debian does not have."""
    python = _python()
    able = bool(python) and bool(shutil.which("debootstrap")) and os.geteuid() == 0
    require(f"{NAME} (docker pull it, or install debootstrap and Python 3.12 and run as root)", present=able)
    with tempfile.TemporaryDirectory() as folder:
        root, tar = Path(folder, "root"), Path(folder, "root.tar")
        packages = ",".join(("ca-certificates", *LIBRARIES))
        _run("debootstrap", "--variant=minbase", f"--include={packages}", "bookworm", str(root))
        for part in ("bin/python3.12", "lib/libpython3.12.so.1.0"):
            if Path(python, part).exists():
                shutil.copy(Path(python, part), root / "usr/local" / part)
        library = "lib/python3.12"
        shutil.copytree(Path(python, library), root / "usr/local" / library, ignore=shutil.ignore_patterns(*NOT_COPIED))
        for name in ("python", "python3"):
            (root / "usr/local/bin" / name).symlink_to("python3.12")
        _run("chroot", str(root), "ldconfig")
        _run("chroot", str(root), "/usr/local/bin/python", "-m", "ensurepip", "--default-pip")
        if CERTIFICATES.exists():
            # Where a proxy answers for the package index, the machine knows its certificate.
            shutil.copy(CERTIFICATES, root / CERTIFICATES.relative_to("/"))
        _run("tar", "--create", f"--file={tar}", f"--directory={root}", "--exclude=./var/cache/apt/*", ".")
        _run("docker", "import", f"--change=ENV PIP_CERT={CERTIFICATES}", str(tar), STAND_IN)


def _python() -> str:
    """Return the folder of this machine's Python 3.12, if it has one to itself."""
    command = ["python3.12", str(Path(__file__).with_name("programs") / "base_prefix.py")]
    try:
        # Where pyenv has several versions, its variable selects one.
        run = subprocess.run(
            command, env={**os.environ, "PYENV_VERSION": "3.12"}, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        return ""
    return "" if run.stdout.strip() == "/usr" else run.stdout.strip()


def _id(image: str) -> str:
    """Return the id of *image*, "" if Docker has none of that name."""
    command = ["docker", "image", "inspect", "--format={{.Id}}", image]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def _succeeds(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _run(*command: str) -> None:
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, f"{' '.join(command)}:\n{run.stdout[-2000:]}{run.stderr[-2000:]}"
