"""XCom values in the stack on this machine: seconds, and the memory of api-server and worker."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from airflow_on_fargate.local.supervisor import Supervisord
from benchmarks.measure import family_megabytes
from benchmarks.result import Outcome, Result
from benchmarks.running import Running, running

PROGRAMS = ("api-server", "worker")
LARGE, LARGEST = 100, 300
"""Megabytes."""
SAMPLE_SEC = 0.2
SETTLE_SEC = 15


@dataclass
class Peaks:
    """The memory of the programs, in megabytes: before, and at its highest."""

    before: dict[str, float]
    peak: dict[str, float]


@contextmanager
def watching(stack: Running) -> Iterator[Peaks]:
    """Watch the memory of the programs of *stack*."""
    ids = {name: Supervisord(stack.state).process_ids()[name] for name in PROGRAMS}

    def now() -> dict[str, float]:
        return {name: family_megabytes(process_id) for name, process_id in ids.items()}

    before = now()
    peaks = Peaks(before, before)
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(SAMPLE_SEC):
            current = now()
            peaks.peak = {name: max(peaks.peak[name], current[name]) for name in PROGRAMS}

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peaks
    finally:
        ended.set()
        thread.join()


def measure(folder: Path) -> Outcome:
    """Measure in a copy below *folder*: ten minutes."""
    file = folder / "noted.json"

    def noted(stack: Running, dag_id: str, **conf: object) -> tuple[dict[str, float], Peaks, float]:
        file.unlink(missing_ok=True)
        time.sleep(SETTLE_SEC)
        with watching(stack) as peaks:
            taken = stack.run_seconds(dag_id, conf | {"file": str(file)})
        found: dict[str, float] = json.loads(file.read_text())
        print(f"  {dag_id} {conf}: {taken:.1f} s, {found}, {peaks.before} to {peaks.peak}", flush=True)
        return found, peaks, taken

    with running(folder / "ours") as stack:
        stack.run_seconds("Test_Dag")
        small, _, _ = noted(stack, "xcom_small")
        large, large_peaks, _ = noted(stack, "xcom_large", megabytes=LARGE, backend="S3")
        _, largest_peaks, largest_sec = noted(stack, "xcom_returned", megabytes=LARGEST)
        # Last, because the api-server keeps the memory.
        database, database_peaks, _ = noted(stack, "xcom_large", megabytes=LARGE, backend="database")
    return Outcome(
        [
            Result(
                what="a value of 1 kB, pushed and pulled: the median of 300",
                measured=f"{small['S3']:.1f} ms",
                baseline=f"{small['database']:.1f} ms: Airflow's default, by turns in the same task",
                figure=small["S3"] / small["database"],
                unit="x",
                limit=1.1,
            ),
            Result(
                what=f"a value of {LARGE} MB, pushed and pulled",
                measured=f"{sum(large.values()):.1f} s",
                baseline=f"{sum(database.values()):.1f} s: Airflow's default",
                figure=sum(large.values()) / sum(database.values()),
                unit="x",
                limit=1,
            ),
            _growth(f"the api-server's memory meanwhile, with {LARGE} MB", large_peaks, database_peaks),
            _growth(f"the same with {LARGEST} MB, which a task returns and the next takes", largest_peaks, None),
            _worker_memory(largest_peaks),
        ],
        {
            f"{LARGE} MB, database": sum(database.values()),
            f"{LARGE} MB": sum(large.values()),
            f"{LARGEST} MB, two tasks": largest_sec,
        },
    )


def _worker_memory(peaks: Peaks) -> Result:
    more = peaks.peak["worker"] - peaks.before["worker"]
    return Result(
        what=f"the worker's memory for {LARGEST} MB, beyond what it has idle",
        measured=f"{more:.0f} MB",
        baseline="",
        figure=more,
        unit="MB",
        limit=1200,
    )


def _growth(what: str, peaks: Peaks, database: Peaks | None) -> Result:
    name = "api-server"
    return Result(
        what=what,
        measured=_from_to(peaks, name),
        baseline=f"{_from_to(database, name)}: Airflow's default" if database else "",
        figure=peaks.peak[name] / peaks.before[name],
        unit="x",
        limit=1.25,
    )


def _from_to(peaks: Peaks, name: str) -> str:
    return f"{peaks.before[name]:.0f} MB to {peaks.peak[name]:.0f} MB"
