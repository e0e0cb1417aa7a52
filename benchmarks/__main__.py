"""Run the benchmarks: `python -m benchmarks`."""

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks import cold, growth, images, make_synth, start
from benchmarks.project import INSTALLED, PROJECT
from benchmarks.report import composing_notes, write_report
from benchmarks.result import Outcome

COMPOSING = {"Start": start, "make synth": make_synth, "Growth": growth, "Images": images}
RUNNING_NOTES = """
The slots limit an operator that keeps its slot: 100 tasks of 20 s on 4 slots take 500 s. Deferred tasks use no slot
while they run. Their limits are the worker, where each needs a slot twice for a short time, to start its container
and to read its result, and the processors of this machine, which run the containers too.

"Airflow's default settings" means the defaults of the options that the stack changes for speed: how many task
instances are queued, the intervals of the scheduler and of the workers' heartbeats, what a worker loads before it
forks, and what supervises a task.
"""
XCOM_NOTES = """
A value of 128 KiB or more is an object in S3, here the S3 of the stack on this machine; the database and the
api-server have its path. The baseline is another backend in the same stack and the same minutes, with the same
time-outs. Memory is the sum of all processes of a program, with shared pages counted once. The worker's memory is
mostly that of the task's process, which holds the value and its JSON at the same time.
"""


def main() -> None:
    """Measure, write the report, and exit with 1 if a figure is over its limit."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure composing (about five minutes) and write docs/performance.md.",
    )
    parser.add_argument("--cold", action="store_true", help="measure `make synth` in a fresh clone too: minutes more")
    parser.add_argument(
        "--running", action="store_true", help="measure the local stack instead, for docs/performance-local.md"
    )
    parser.add_argument("--xcom", action="store_true", help="measure XCom values instead, for docs/performance-xcom.md")
    asked = parser.parse_args()
    if not Path("/proc/self/smaps_rollup").exists():
        sys.exit("the benchmarks read memory from /proc: run them on Linux")
    needed = (".venv",) if asked.running or asked.xcom else INSTALLED
    if missing := [name for name in needed if not (PROJECT / name).exists()]:
        sys.exit(f"{', '.join(missing)} missing: run the benchmarks by make, which sets them up")
    with tempfile.TemporaryDirectory() as temporary:
        if asked.running:
            outcomes = _run(Path(temporary))
        elif asked.xcom:
            outcomes = _push_and_pull(Path(temporary))
        else:
            outcomes = _compose(Path(temporary), with_cold=asked.cold)
    results = [result for outcome in outcomes for result in outcome.results]
    for result in results:
        sign = "ok" if result.within else "TOO MUCH"
        limit = "no limit" if result.limit is None else f"limit {result.limit:.2f}"
        print(f"{sign:8} {result.figure:9.2f} {result.unit}, {limit}: {result.what}")
    sys.exit(0 if all(result.within for result in results) else 1)


def _compose(temporary: Path, *, with_cold: bool) -> list[Outcome]:
    outcomes = []
    for title, benchmark in COMPOSING.items():
        print(title, flush=True)
        folder = temporary / benchmark.__name__
        folder.mkdir()
        outcomes.append(benchmark.measure(folder))
    steps: dict[str, float] = {}
    if with_cold:
        print("Fresh clone", flush=True)
        steps = cold.measure(temporary)
    command = f"python -m benchmarks{' --cold' if with_cold else ''}"
    write_report("performance", command, outcomes, notes=composing_notes(steps))
    return outcomes


def _run(temporary: Path) -> list[Outcome]:
    from benchmarks import running  # noqa: PLC0415 only `make benchmarks-local` installs it

    outcomes = [running.measure(temporary)]
    write_report("performance-local", "python -m benchmarks --running", outcomes, notes=RUNNING_NOTES)
    return outcomes


def _push_and_pull(temporary: Path) -> list[Outcome]:
    from benchmarks import xcom  # noqa: PLC0415 as above

    outcomes = [xcom.measure(temporary)]
    write_report("performance-xcom", "python -m benchmarks --xcom", outcomes, notes=XCOM_NOTES)
    return outcomes


if __name__ == "__main__":
    main()
