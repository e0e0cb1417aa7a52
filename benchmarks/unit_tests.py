"""Measure the CPU of the tests that `make unit` runs: `python -m benchmarks.unit_tests`."""

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


def main() -> None:
    """Run the tests in one process without coverage, and exit with 1 if the quickest round is over the limit."""
    [options] = re.findall(r"^UNIT_TESTS = (.+)$", (PROJECT / "Makefile").read_text(), re.MULTILINE)
    command = [sys.executable, "-m", "pytest", "-n", "0", "--no-cov", "-q", *shlex.split(options)]
    tests = Program(command, PROJECT)
    quickest = min(_cpu_seconds(tests) for _ in range(ROUNDS))
    print(f"make unit: {quickest:.1f} s of CPU, limit {LIMIT_SEC} s")
    sys.exit(quickest > LIMIT_SEC)


def _cpu_seconds(program: Program) -> float:
    """Return the CPU of *program* and of what it starts; other work of the machine changes it less than the time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds(program)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


if __name__ == "__main__":
    main()
