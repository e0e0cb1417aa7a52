"""Promises of the programs that benchmarks start."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.portability import page
from benchmarks.portability.steps import failure
from tests.programs.leave_child_busy import BUSY_SEC

PROJECT = Path(__file__).parents[1]


@pytest.mark.programs
@pytest.mark.parametrize("module", ["airflow_defaults", "stock_roots"])
def test_a_program_of_a_benchmark_finds_what_it_replaces(module: str) -> None:
    """The names in the library that a benchmark replaces exist."""
    command = [sys.executable, "-c", f"import benchmarks.{module}"]

    assert subprocess.run(command, cwd=PROJECT, check=False).returncode == 0


@pytest.mark.parametrize(
    ("code", "output", "errors", "sentence"),
    [
        (0, "No changes.", "", ""),
        (2, "# aws_vpc.network\nPlan: 1 to add, 0 to change.\n", "", "Plan: 1 to add, 0 to change."),
        (1, "", "\nError: Unsupported block\n\nMore.\n\nError: Another\n", "Unsupported block"),
        (1, "", "Error: Missing\nprovider", "Missing provider"),
        (139, "", "", "exit code 139"),
    ],
)
def test_the_first_error_of_a_step_is_kept(code: int, output: str, errors: str, sentence: str) -> None:
    """The reason of a step that has failed is its first error, or the changes of a plan that must be empty."""
    assert failure(subprocess.CompletedProcess([], code, output, errors)) == sentence


def test_a_step_that_has_failed_is_in_the_page() -> None:
    """A step that has failed is in the table of docs/portability.md, and its sentence is below."""
    recorded = json.loads(page.RECORDED.read_text())
    recorded["results"][4]["steps"]["plan"] = "Unsupported block"
    changed = page.page(recorded, "this machine").splitlines()

    assert "| OpenTofu 1.12.6 | JSON of CDK Terrain | ok | ok | failed | ok | ok | ok | ok |" in changed
    assert "- OpenTofu, JSON of CDK Terrain, plan: Unsupported block" in changed
    assert "No step has failed." not in changed


@pytest.mark.programs
def test_the_cpu_of_a_process_that_outlives_its_parent_is_counted() -> None:
    """The CPU of `make unit` has that of Node, also if Python ends first."""
    command = [sys.executable, "-m", "tests.programs.measure_cpu", "tests/programs/leave_child_busy.py"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)

    assert float(done.stdout) >= BUSY_SEC
