"""Run the benchmarks of the api-server: `python -m benchmarks.api`."""

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.api.load import SHAPES, measure, watch_memory
from benchmarks.api.page import MEMORY, is_good, keep


def main() -> None:
    """Measure, write the page, and exit with 1 if a figure is over its limit."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.api", description="Measure the api-server under load; write docs/performance-api.md."
    )
    parser.add_argument("--shape", choices=SHAPES, help="measure only this stage")
    parser.add_argument("--minutes", type=float, default=10, help="minutes of load by people; 0: none")
    parser.add_argument("--hours", type=float, default=0, help="hours of watching the memory; 0: none")
    asked = parser.parse_args()
    good = True
    with tempfile.TemporaryDirectory() as temporary:
        for name in [asked.shape] if asked.shape else SHAPES:
            if asked.minutes:
                print(name, flush=True)
                result = measure(Path(temporary, name), SHAPES[name], minutes=asked.minutes)
                keep(name, result)
                good = good and is_good(**result)
        if asked.hours:
            print("memory", flush=True)
            refresh_sec = watch_memory(Path(temporary, "memory"), SHAPES["split"], MEMORY, hours=asked.hours)
            keep("memory", {"hours": asked.hours, "refresh_sec": refresh_sec})
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
