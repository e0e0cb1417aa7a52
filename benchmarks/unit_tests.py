"""Measure the CPU of the tests that `make unit` runs: `python -m benchmarks.unit_tests`."""

import ctypes
import os
import re
import resource
import shlex
import sys

from benchmarks.measure import Program, seconds
from benchmarks.project import PROJECT

LIMIT_SEC = 60
"""Of CPU, user and system together, with the Node process that composes."""
ROUNDS = 2
"""The first one fills the caches of compiled modules."""
PR_SET_CHILD_SUBREAPER = 36
"""prctl(2)"""


def main() -> None:
    """Run the tests in one process without coverage, and exit with 1 if the quickest round is over the limit."""
    [options] = re.findall(r"^UNIT_TESTS = (.+)$", (PROJECT / "Makefile").read_text(), re.MULTILINE)
    command = [sys.executable, "-m", "pytest", "-n", "0", "--no-cov", "-q", *shlex.split(options)]
    tests = Program(command, PROJECT)
    quickest = min(cpu_seconds(tests) for _ in range(ROUNDS))
    print(f"make unit: {quickest:.1f} s of CPU, limit {LIMIT_SEC} s")
    sys.exit(quickest > LIMIT_SEC)


def cpu_seconds(program: Program) -> float:
    """
    Return the CPU of *program* and of what it starts; other work of the machine changes it less than the time.

    Linux counts the CPU of a process for the parent that waits for it. At its end, jsii does not always wait
    for Node, so this process does.
    """
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds(program)
    _wait_for_orphans()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def _wait_for_orphans() -> None:
    """Wait for the processes whose parents ended before them."""
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return


if __name__ == "__main__":
    main()
