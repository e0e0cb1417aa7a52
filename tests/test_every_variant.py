"""Tests that ask for every variant."""

import os
import subprocess
import sys

import pytest

from tests.clone import PROJECT


@pytest.mark.programs
def test_each_variant_that_fails_is_named_with_its_reason() -> None:
    """A test runs for all variants even if the first one fails, and each failure has its variant and its assertion."""
    options = ("-n", "0", "--no-cov", "-p", "no:cacheprovider", "tests/programs/fails_for_variants.py")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", *options],
        cwd=PROJECT,
        env={**os.environ, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    summary = [line for line in ran.stdout.splitlines() if line.startswith(("SUBFAILED", "FAILED", "E  "))]

    assert ran.returncode == pytest.ExitCode.TESTS_FAILED, ran.stdout + ran.stderr
    assert summary == [
        "E       AssertionError: wrong: 1",
        "E       assert 'east' != 'east'",
        "E       Failed: DID NOT RAISE KeyError",
        "SUBFAILED[east] tests/programs/fails_for_variants.py::test_two_fail[1] - AssertionError: wrong: 1",
        "SUBFAILED[west] tests/programs/fails_for_variants.py::test_two_fail[1] - Failed: DID NOT RAISE KeyError",
        "FAILED tests/programs/fails_for_variants.py::test_two_fail[1] - contains 2 failed subtests",
    ]
    assert "1 passed" in ran.stdout
