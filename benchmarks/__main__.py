"""Run all benchmarks: `python -m benchmarks`."""

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks import cold, growth, make_synth, start
from benchmarks.project import INSTALLED, PROJECT
from benchmarks.report import DOCUMENT, write_report

BENCHMARKS = {"Start": start, "make synth": make_synth, "Growth": growth}


def main() -> None:
    """Measure, write the report, and exit with 1 if a figure is over its limit."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure speed and size of composing (about five minutes) and write docs/performance.md.",
    )
    parser.add_argument("--cold", action="store_true", help="measure `make synth` in a fresh clone too: minutes more")
    asked = parser.parse_args()
    if not Path("/proc/self/smaps_rollup").exists():
        sys.exit("the benchmarks read memory from /proc: run them on Linux")
    if missing := [name for name in INSTALLED if not (PROJECT / name).exists()]:
        sys.exit(f"{', '.join(missing)} missing: run the benchmarks by `make benchmarks`, which sets them up")

    outcomes = []
    steps: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as temporary:
        for title, benchmark in BENCHMARKS.items():
            print(title, flush=True)
            folder = Path(temporary, benchmark.__name__)
            folder.mkdir()
            outcomes.append(benchmark.measure(folder))
        if asked.cold:
            print("Fresh clone", flush=True)
            steps = cold.measure(Path(temporary))
    write_report(outcomes, steps)

    results = [result for outcome in outcomes for result in outcome.results]
    for result in results:
        sign = "ok" if result.within else "TOO MUCH"
        print(f"{sign:8} {result.figure:9.2f} {result.unit}, at most {result.limit} {result.unit}: {result.what}")
    print(f"written: {DOCUMENT.relative_to(PROJECT)}")
    sys.exit(0 if all(result.within for result in results) else 1)


if __name__ == "__main__":
    main()
