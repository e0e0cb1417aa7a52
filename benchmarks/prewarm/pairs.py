"""The pairs of pools: one has its workers ahead of the same scheduled work that the other follows."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import merge
from pathlib import Path

CYCLE_MIN = 10
"""Minutes between two runs of a DAG. In this time a pool gets empty, and its workers are not kept for the next run."""
PAST_RUNS = 4
"""
Runs of each DAG before the first one that counts. A forecast takes three that are alike; the last one may be too new.
"""
TASKS, TASK_SEC = 8, 15
"""Tasks of a run, all ready at once, and the seconds that each of them sleeps."""
BURSTS = "bursts.json"
"""The file beside the DAGs, from which they are made."""


@dataclass(frozen=True)
class Pair:
    """Two pools, and the minute of each cycle in which a run of both is due; a DAG and a queue have a pool's name."""

    letter: str
    minute: int

    @property
    def ahead(self) -> str:
        """The pool whose workers are started before the run."""
        return f"ahead-{self.letter}"

    @property
    def reactive(self) -> str:
        """The pool whose workers are started for the run's queued tasks."""
        return f"reactive-{self.letter}"

    def marks(self, after: datetime) -> Iterator[datetime]:
        """Yield the times at which a run is due, from *after* on."""
        hour = after.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        due = hour + timedelta(minutes=self.minute - CYCLE_MIN)
        while True:
            if due > after:
                yield due
            due += timedelta(minutes=CYCLE_MIN)


# Several, so that a round of one pair takes place while the pools of another one get empty.
PAIRS = (Pair("a", 0), Pair("b", 2), Pair("c", 5), Pair("d", 7))


def marks(after: datetime) -> Iterator[tuple[datetime, Pair]]:
    """Yield when the runs of all pairs are due, from *after* on."""
    found = merge(*(_marks_of(pair, after) for pair in PAIRS), key=lambda mark: mark[0])
    yield from found


def _marks_of(pair: Pair, after: datetime) -> Iterator[tuple[datetime, Pair]]:
    for due in pair.marks(after):
        yield due, pair


def write_bursts(dags: Path, now: datetime) -> None:
    """Write the file from which the DAGs in the folder *dags* are made; those with a history start before *now*."""
    bursts = {
        pool: {
            "schedule": f"{pair.minute}-59/{CYCLE_MIN} * * * *",
            "start_date": (now - timedelta(minutes=CYCLE_MIN * PAST_RUNS)).isoformat(),
            "catchup": pool == pair.ahead,
            "tasks": TASKS,
            "seconds": TASK_SEC,
        }
        for pair in PAIRS
        for pool in (pair.ahead, pair.reactive)
    }
    (dags / BURSTS).write_text(json.dumps(bursts))
