"""Break the local stack's parts, one after the other: `python -m benchmarks.reliability`."""

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.reliability.fault import Fault, Row
from benchmarks.reliability.faults import FAULTS
from benchmarks.reliability.load import measure
from benchmarks.reliability.page import keep
from benchmarks.reliability.restarts import RUNS, STAGES, run
from benchmarks.reliability.stack import Stack
from benchmarks.running import running
from constructs_lib.shared.bad_input import shown

KEYS = (*(fault.key for fault in FAULTS), *RUNS)


def main() -> None:
    """Measure, write the page after each fault, and exit with 1 if a result is not as expected."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.reliability",
        description="Break the local stack's parts and write docs/reliability.md: more than an hour.",
        epilog=f"KEY is one of: {', '.join(KEYS)}.",
    )
    parser.add_argument("keys", nargs="*", metavar="KEY", help="measure only these, and keep the rest of the page")
    asked = parser.parse_args()
    if unknown := [key for key in asked.keys if key not in KEYS]:
        sys.exit(f"error: FAULT must be one of {', '.join(KEYS)}, got {shown(unknown[0])}")
    keys = asked.keys or KEYS
    good = True
    with tempfile.TemporaryDirectory() as temporary, running(Path(temporary, "project"), stages=STAGES) as started:
        stack = Stack(started.state)
        for fault in FAULTS:
            if fault.key in keys:
                print(f"{fault.what} ... ", end="", flush=True)
                row = measure(stack, fault)
                print(_line(fault, row), flush=True)
                keep(fault.key, row)
                good = good and row.is_good(fault)
        for name, arguments in RUNS.items():
            if name in keys:
                print(f"{name} ... ", end="", flush=True)
                restarts = run(stack.state, *arguments)
                print(restarts, flush=True)
                keep(name, restarts)
                good = good and restarts.is_good
    sys.exit(0 if good else 1)


def _line(fault: Fault, row: Row) -> str:
    return (
        f"{'ok' if row.is_good(fault) else 'UNEXPECTED'}: {row.lost} lost, {row.twice} twice, {row.retried} retried,"
        f" recovered after {row.recovered_sec:.1f} s {row.problem}"
    )


if __name__ == "__main__":
    main()
