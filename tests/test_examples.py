"""Promises of the projects in `examples/`."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from airflow_on_fargate.new_project import new_project
from tests.clone import PROJECT
from tests.requirements_of_machine import require

EXAMPLES = sorted(each.parent for each in (PROJECT / "examples").glob("*/stages.py"))


def make_project(folder: Path, *examples: Path) -> Path:
    """Make a project of *examples* as examples/README.md says; with several, it has the stages of the last one."""
    new_project(folder)
    for samples in ("dags", "tasks"):
        shutil.rmtree(folder / samples)
    (folder / "tests/test_sample.py").unlink()
    for example in examples:
        shutil.copytree(example, folder, dirs_exist_ok=True)
    return folder


def run(project: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run Python in *project*."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(PROJECT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.programs
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_an_example_is_a_project(example: Path, tmp_path: Path) -> None:
    """The files of an example and those of a new project give Terraform JSON, without a warning."""
    ran = run(make_project(tmp_path / "project", example), "main.py")

    assert (ran.returncode, ran.stderr) == (0, "")
    [written] = ran.stdout.split()
    assert (tmp_path / "project" / written).is_file()


@pytest.mark.airflow
def test_airflow_reads_the_dags_of_the_examples(tmp_path: Path) -> None:
    """Their folders of tasks and their queues exist."""
    require("Airflow", present=importlib.util.find_spec("airflow") is not None)
    pools = PROJECT / "examples/many_pools"
    project = make_project(tmp_path / "project", *(each for each in EXAMPLES if each != pools), pools)

    ran = run(project, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests", STAGE="prod", PYTEST_ADDOPTS="")

    assert ran.stdout.splitlines()[-1].startswith("1 passed"), ran.stdout + ran.stderr


def test_the_page_has_a_row_for_each_example() -> None:
    """examples/README.md links every example."""
    page = (PROJECT / "examples/README.md").read_text()

    assert [each.name for each in EXAMPLES if f"[{each.name}]({each.name})" not in page] == []
    assert len(EXAMPLES) > 1
