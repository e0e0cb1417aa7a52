"""Promises of docker/requirements.txt to a machine that has not installed it."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.docker

PROJECT = Path(__file__).parents[2]


@pytest.mark.parametrize("machine", ["aarch64", "x86_64"])
def test_every_package_has_a_wheel_for_the_images_python(tmp_path: Path, machine: str) -> None:
    """Every locked package has a wheel for the image's Python on both architectures."""
    glibc = ("manylinux_2_28", "manylinux_2_17", "manylinux2014")
    platforms = [f"--platform={each}_{machine}" for each in glibc]
    what = ["--require-hashes", "--no-deps", "--only-binary=:all:", "--python-version=3.12", *platforms]
    where = ["--dry-run", "--ignore-installed", f"--target={tmp_path}", "--quiet", "--disable-pip-version-check"]

    pip = subprocess.run(
        [sys.executable, "-m", "pip", "install", *where, *what, f"--requirement={PROJECT}/docker/requirements.txt"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert pip.returncode == 0, pip.stdout + pip.stderr
