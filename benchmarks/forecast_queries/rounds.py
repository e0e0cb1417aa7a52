"""
Run rounds of the autoscaler's real queries, and print how long they took.

The process has the variables of a container, and the modules of the image.
"""

import json
import re
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

from airflow_fargate.autoscaler import ahead, schedule, work
from airflow_fargate.autoscaler.metadata import Metadata
from typing_extensions import override

from constructs_lib.shared.workers_missing import Bounds

QUERIES = {
    "queued and running work": work.QUERY,
    "runs that are due": schedule.DUE,
    "past runs": schedule.RUNS_OF,
    "what they needed": schedule.NEEDS,
    "what has come": schedule.ARRIVED,
}
POOLS = {"default": Bounds(slots=4, minimum=0, maximum=100, prewarm_max=100)}
READS, QUIET = "reads", "quiet"
"""Rounds that read histories, and that read none."""
QUIET_ROUNDS = 20
"""Rounds after those that read histories."""
PAUSE_SEC = 0.1
"""Between rounds, in which PostgreSQL's process falls asleep: then Linux has counted all of its CPU time."""

Milliseconds = tuple[float, float]
"""CPU time and elapsed time."""


class Timed(Metadata):
    """A database whose answers are timed."""

    def __init__(self) -> None:
        super().__init__()
        self.times: dict[str, list[Milliseconds]] = {name: [] for name in QUERIES}
        self._asked: dict[str, tuple[str, Any]] = {}

    @override
    def rows(self, query: str, values: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Note how long *query* takes until its rows are here."""
        [name] = [name for name, text in QUERIES.items() if text == query]
        began = self.clocks()
        found = super().rows(query, values)
        self.times[name].append(self.since(began))
        self._asked.setdefault(name, (query, values))
        return found

    def clocks(self) -> Milliseconds:
        """Return the CPU time of this process and of PostgreSQL's that serves it, and a clock."""
        server_ns = 0 if self._connection is None else _cpu_ns(self._connection.info.backend_pid)
        return (time.process_time_ns() + server_ns) / 1e6, time.perf_counter_ns() / 1e6

    def since(self, began: Milliseconds) -> Milliseconds:
        """Return how much the clocks have advanced since they were *began*."""
        now = self.clocks()
        return now[0] - began[0], now[1] - began[1]

    def plans(self) -> dict[str, Any]:
        """Return PostgreSQL's plan of each query with its first values: indexes, tables read whole, estimated cost."""
        return {name: self._plan(*asked) for name, asked in self._asked.items()}

    def _plan(self, query: str, values: Sequence[Any] | Mapping[str, Any]) -> dict[str, Any]:
        lines = super().rows(f"EXPLAIN {query}", values)
        plan = "\n".join(line for (line,) in lines)
        [cost, *_] = re.findall(r"\.\.([\d.]+) rows=", plan)
        return {
            "indexes": sorted(set(re.findall(r"(?:using|Bitmap Index Scan on) (\S+)", plan))),
            "tables": sorted(set(re.findall(r"Seq Scan on (\S+)", plan))),
            "cost": float(cost),
        }


def first() -> Milliseconds:
    """Return the times of the first round of a process, with its connection."""
    metadata = Timed()
    return _round(metadata, *_autoscaler(metadata))


def measure(passes: int) -> Mapping[str, Any]:
    """
    Return the times of each query and of each round, and the plans.

    Each pass begins as a new autoscaler, which knows no history.
    """
    metadata = Timed()
    _round(metadata, *_autoscaler(metadata))
    metadata.times = {name: [] for name in QUERIES}
    rounds: dict[str, list[Milliseconds]] = {READS: [], QUIET: []}
    with patch.object(ahead, "READ_SEC", 0):
        for _ in range(passes):
            _pass(metadata, rounds)
    return {
        "queries": metadata.times,
        "rounds": rounds,
        "plans": metadata.plans(),
        "pause_ms": round(1000 * PAUSE_SEC),
        "histories": ahead.HISTORIES,
    }


def _autoscaler(metadata: Timed) -> tuple[work.Work, ahead.Ahead]:
    return work.Work(metadata), ahead.Ahead(schedule.Schedule(metadata, POOLS), POOLS)


def _pass(metadata: Timed, rounds: Mapping[str, list[Milliseconds]]) -> None:
    counted, expected = _autoscaler(metadata)
    quiet = 0
    while quiet < QUIET_ROUNDS:
        histories = len(metadata.times["past runs"])
        took = _round(metadata, counted, expected)
        is_quiet = len(metadata.times["past runs"]) == histories
        rounds[QUIET if is_quiet else READS].append(took)
        quiet += is_quiet


def _round(metadata: Timed, counted: work.Work, expected: ahead.Ahead) -> Milliseconds:
    time.sleep(PAUSE_SEC)
    began = metadata.clocks()
    counted.count(POOLS)
    expected.look()
    return metadata.since(began)


def _cpu_ns(process: int) -> int:
    """Return the CPU time of a process (Linux: "sched-stats")."""
    return int(Path(f"/proc/{process}/schedstat").read_text().split()[0])


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1])) if sys.argv[1:] else first()))
