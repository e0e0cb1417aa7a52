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
READS, QUIET = "reads histories", "reads none"
QUIET_ROUNDS = 20
"""Rounds after those that read histories."""


class Timed(Metadata):
    """A database whose answers are timed."""

    def __init__(self) -> None:
        super().__init__()
        self.milliseconds: dict[str, list[float]] = {name: [] for name in QUERIES}
        self._last: dict[str, tuple[str, Any]] = {}

    @override
    def rows(self, query: str, values: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Note how long *query* takes until its rows are here."""
        [name] = [name for name, text in QUERIES.items() if text == query]
        began = self.now_ms()
        found = super().rows(query, values)
        took = self.now_ms() - began
        self.milliseconds[name].append(took)
        self._last[name] = query, values
        return found

    def now_ms(self) -> float:
        """Return milliseconds without those in which this process and PostgreSQL's have waited for a processor."""
        waited_ns = sum(_waited_ns(pid) for pid in ("self", self._backend()))
        return 1000 * time.perf_counter() - waited_ns / 1e6

    def _backend(self) -> str:
        """Return the process of PostgreSQL that answers, which is this machine's."""
        return str(self._open().info.backend_pid)

    def indexes(self) -> dict[str, list[str]]:
        """Return which indexes PostgreSQL uses for each query, and the tables that it reads without one."""
        return {name: self._indexes(*asked) for name, asked in self._last.items()}

    def _indexes(self, query: str, values: Sequence[Any] | Mapping[str, Any]) -> list[str]:
        plan = "\n".join(line for (line,) in super().rows(f"EXPLAIN {query}", values))
        used = re.findall(r"(?:using|Bitmap Index Scan on) (\S+)", plan)
        return sorted({*used, *(f"all of {table}" for table in re.findall(r"Seq Scan on (\S+)", plan))})


def measure(passes: int) -> Mapping[str, Any]:
    """
    Return the milliseconds of each query and of each round, and the indexes.

    Each pass begins as a new autoscaler, which knows no history.
    """
    metadata = Timed()
    rounds: dict[str, list[float]] = {READS: [], QUIET: []}
    with patch.object(ahead, "READ_SEC", 0):
        for _ in range(passes):
            _pass(metadata, rounds)
    return {"queries": metadata.milliseconds, "rounds": rounds, "indexes": metadata.indexes()}


def _pass(metadata: Timed, rounds: Mapping[str, list[float]]) -> None:
    counted = work.Work(metadata)
    expected = ahead.Ahead(schedule.Schedule(metadata, POOLS), POOLS)
    quiet = 0
    while quiet < QUIET_ROUNDS:
        histories = len(metadata.milliseconds["past runs"])
        began = metadata.now_ms()
        counted.count(POOLS)
        expected.look()
        took = metadata.now_ms() - began
        is_quiet = len(metadata.milliseconds["past runs"]) == histories
        rounds[QUIET if is_quiet else READS].append(took)
        quiet += is_quiet


def _waited_ns(process: str) -> int:
    """Return how long a process could have run while the processors served others (Linux: "sched-stats")."""
    return int(Path(f"/proc/{process}/schedstat").read_text().split()[1])


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]))))
