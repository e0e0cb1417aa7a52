"""Run the benchmarks of DAGs in a bundle: `python -m benchmarks.dag_bundles`."""

import argparse
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.dag_bundles.idle import count_requests, list_requests
from benchmarks.dag_bundles.page import is_good, keep
from benchmarks.dag_bundles.pushes import push_many
from benchmarks.dag_bundles.stacks import in_bundle, in_image
from benchmarks.dag_bundles.starts import measure_starts
from constructs_lib.shared.bad_input import shown

PUSHES, IDLE_MINUTES = 200, 10


def main() -> None:
    """Measure, write the page after each part, and exit with 1 if a figure is over its limit."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.dag_bundles",
        description="Push DAGs while the local stack works, and write docs/performance-dags.md: two hours.",
        epilog=f"PART is one of: {', '.join(PARTS)}.",
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help="measure only these, and keep the rest of the page")
    parser.add_argument("--pushes", type=int, default=PUSHES, help="the number of pushes (%(default)s)")
    parser.add_argument("--minutes", type=float, default=IDLE_MINUTES, help="minutes without work (%(default)s)")
    asked = parser.parse_args()
    if unknown := [part for part in asked.parts if part not in PARTS]:
        sys.exit(f"error: PART must be one of {', '.join(PARTS)}, got {shown(unknown[0])}")
    good = True
    with tempfile.TemporaryDirectory() as temporary:
        for name in asked.parts or PARTS:
            print(name, flush=True)
            result = PARTS[name](Path(temporary, name), asked)
            keep(name, result)
            print(f"{name}: {'ok' if is_good(name, result) else 'TOO MUCH'}", flush=True)
            good = good and is_good(name, result)
    sys.exit(0 if good else 1)


def _pushes(folder: Path, asked: argparse.Namespace) -> Mapping[str, Any]:
    with in_bundle(folder) as (stack, pusher):
        return asdict(push_many(stack, pusher, count=asked.pushes, progress=_show))


def _starts(folder: Path, _: argparse.Namespace) -> Mapping[str, Any]:
    with in_image(folder / "image") as image, in_bundle(folder / "bundle") as (bundle, pusher):
        return asdict(measure_starts(image, bundle, pusher, progress=_show))


def _idle(folder: Path, asked: argparse.Namespace) -> Mapping[str, Any]:
    seconds = 60 * asked.minutes
    with in_bundle(folder, prepare=list_requests) as (stack, _):
        return {"seconds": seconds, **count_requests(stack.state, seconds=seconds)}


def _show(text: str) -> None:
    print(f"  {text}", flush=True)


PARTS: dict[str, Callable[[Path, argparse.Namespace], Mapping[str, Any]]] = {
    "pushes": _pushes,
    "starts": _starts,
    "idle": _idle,
}


if __name__ == "__main__":
    main()
