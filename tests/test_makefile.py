"""Promises of the Makefile that no other test keeps."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

MAKEFILE = Path(__file__).parents[1] / "Makefile"
ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
"""Without what says that it is run by another make, whose folder it would tell."""


def set_up(folder: Path, version: tuple[int, int, int]) -> subprocess.CompletedProcess[str]:
    """Let make begin to set up *folder* with a Python that says it is of *version*."""
    written = ".".join(map(str, version))
    pretend = f"import sys; sys.version_info, sys.version = {version}, '{written} (main)'; exec(sys.argv[1])"
    python = folder / "python"
    python.write_text(
        f"""#!/bin/sh
case "$1" in
-c) exec {sys.executable} -c "{pretend}" "$2" ;;
*) echo "$@"; exit 1 ;;
esac
"""
    )
    python.chmod(0o755)
    return subprocess.run(
        ["make", "-f", MAKEFILE, f"PYTHON={python}", ".venv/bin/python"],  # noqa: S607 make, wherever it is
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("version", [(3, 11, 4), (3, 13, 0)])
def test_another_python_is_refused(tmp_path: Path, version: tuple[int, int, int]) -> None:
    """One that the packages are not locked for: the sentence says which are, and nothing is made."""
    made = set_up(tmp_path, version)

    assert made.returncode
    assert made.stderr.startswith("Python 3.11.5 or newer, or 3.12, is needed, ")
    assert f" is {'.'.join(map(str, version))}; name another one: make PYTHON=python3.12 ..." in made.stderr
    assert made.stdout == ""


@pytest.mark.parametrize("version", [(3, 11, 5), (3, 12, 9)])
def test_a_python_that_is_locked_for_is_taken(tmp_path: Path, version: tuple[int, int, int]) -> None:
    """It is asked for a virtual environment."""
    assert set_up(tmp_path, version).stdout == "-m venv .venv\n"


def test_deploy_refuses_a_paused_stage_before_it_changes_anything() -> None:
    """What is composed is asked whether the stage is paused, then deployed, then watched."""
    said = subprocess.run(
        ["make", "-n", "deploy", "STAGE=dev"],  # noqa: S607 as above
        cwd=MAKEFILE.parent,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    steps = ("main.py >", 'refuse-paused "dev"', 'deploy "airflow-dev"', 'watch "dev"')

    assert [step for line in said for step in steps if step in line] == list(steps)
