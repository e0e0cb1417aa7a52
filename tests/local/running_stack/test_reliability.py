"""Promises of the running stack while parts of it break: a sample of what `make reliability` measures."""

import subprocess
import sys

import pytest

from benchmarks.reliability.fault import Fault
from benchmarks.reliability.faults import FAULTS
from benchmarks.reliability.load import measure
from benchmarks.reliability.stack import Stack as BreakableStack
from tests.clone import PROJECT
from tests.local.stack import Stack

SAMPLE = ("sigterm-busy", "delivered-twice", "no-capacity")


@pytest.mark.local
@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault.key in SAMPLE], ids=lambda fault: fault.key)
def test_nothing_is_lost_run_twice_or_retried(local_stack: Stack, fault: Fault) -> None:
    """No task instance is lost or run twice, retries are within the limit, and new runs work after the fault."""
    row = measure(BreakableStack(local_stack.state), fault)

    assert row.is_good(fault), row


@pytest.mark.programs
def test_a_fault_that_there_is_not_is_refused() -> None:
    """An unknown fault is refused with the existing ones, before anything is started."""
    asked = subprocess.run(
        [sys.executable, "-m", "benchmarks.reliability", "kill-everybody"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert asked.returncode == 1
    assert asked.stderr.startswith("error: FAULT must be one of nothing, sigterm-idle, ")
    assert asked.stderr.endswith(", got 'kill-everybody'\n")
