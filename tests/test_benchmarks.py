"""Promises of the programs that benchmarks start."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.programs

PROJECT = Path(__file__).parents[1]


@pytest.mark.parametrize("module", ["airflow_defaults", "stock_roots"])
def test_a_program_of_a_benchmark_finds_what_it_replaces(module: str) -> None:
    """The names in the library that a benchmark replaces exist."""
    command = [sys.executable, "-c", f"import benchmarks.{module}"]

    assert subprocess.run(command, cwd=PROJECT, check=False).returncode == 0
