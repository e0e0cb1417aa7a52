"""Promises of docker/requirements.txt to a machine that has not installed it."""

import json
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

pytestmark = pytest.mark.docker

REQUIREMENTS = Path(__file__).parents[2] / "docker" / "requirements.txt"


def test_every_package_has_a_wheel_for_the_images_python(tmp_path: Path) -> None:
    """Every locked package has a wheel for the image's Python on both architectures."""
    locked: dict[str, str] = {
        canonicalize_name(Requirement(line.partition(" --hash=")[0]).name): line
        for line in REQUIREMENTS.read_text(encoding="utf-8").splitlines()
    }

    x86_64 = _wheels(locked.values(), "x86_64", tmp_path)
    # The other wheels are for any machine.
    of_one_machine = [locked[name] for name, (url, _) in x86_64.items() if not url.endswith("-none-any.whl")]
    aarch64 = _wheels(of_one_machine, "aarch64", tmp_path)

    assert x86_64.keys() == locked.keys()
    assert len(aarch64) == len(of_one_machine) > 10
    for found in (x86_64, aarch64):
        assert [url for name, (url, digest) in found.items() if f"--hash=sha256:{digest}" not in locked[name]] == []


def _wheels(lines: Iterable[str], machine: str, folder: Path) -> dict[str, tuple[str, str]]:
    """
    Return the address and the SHA-256 of the wheel that pip would install for each of the *lines*, by package.

    The lines are passed without hashes: to check them, pip would download each wheel.
    """
    requirements, report = folder / f"{machine}.txt", folder / f"{machine}.json"
    requirements.write_text("\n".join(re.sub(r" --hash=\S+", "", line) for line in lines), encoding="utf-8")
    glibc = ("manylinux_2_28", "manylinux_2_17", "manylinux2014")
    platforms = [f"--platform={each}_{machine}" for each in glibc]
    what = ["--no-deps", "--only-binary=:all:", "--python-version=3.12", *platforms, f"--requirement={requirements}"]
    where = ["--dry-run", "--ignore-installed", f"--target={folder}", f"--report={report}"]

    pip = subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *where, *what],
        capture_output=True,
        text=True,
        check=False,
    )

    assert pip.returncode == 0, pip.stdout + pip.stderr
    return {
        canonicalize_name(each["metadata"]["name"]): (
            each["download_info"]["url"],
            each["download_info"]["archive_info"]["hashes"]["sha256"],
        )
        for each in json.loads(report.read_text(encoding="utf-8"))["install"]
    }
