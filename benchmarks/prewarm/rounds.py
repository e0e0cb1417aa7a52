"""The rounds: in each, a run of both pools of a pair is due, and no worker is there before."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Any

from benchmarks.prewarm.history import first_due_after
from benchmarks.prewarm.pairs import TASKS, Pair, marks
from benchmarks.prewarm.scaling import Scaling
from benchmarks.prewarm.workers import worker_hours
from benchmarks.reliability.stack import Stack

EMPTY_SEC = 150
"""Seconds before a run is due at which both pools must be empty, before the workers are ordered ahead."""
END_SEC, LIMIT_SEC = 200, 360
"""Seconds after it was due at which its tasks should run, and must."""
WAITS = """
SELECT extract(epoch FROM task.start_date - task.scheduled_dttm)
FROM dag_run AS run JOIN task_instance AS task ON task.dag_id = run.dag_id AND task.run_id = run.run_id
WHERE run.dag_id = %s AND run.run_type = 'scheduled' AND run.run_after = %s AND task.start_date IS NOT NULL
"""


@dataclass(frozen=True)
class Round:
    """When a run was due, and the seconds from ready to running of its tasks in both pools."""

    due: str
    ahead: list[float]
    reactive: list[float]


class Rounds:
    """Takes *runs* rounds with the workers of *scaling*, and calls *progress* with a line for each."""

    def __init__(self, stack: Stack, scaling: Scaling, *, runs: int, progress: Callable[[str], None]) -> None:
        self._stack = stack
        self._scaling = scaling
        self._runs = runs
        self._progress = progress
        self._marks: Iterator[tuple[datetime, Pair]] = marks(first_due_after())
        self._open = 0
        self.rounds: list[Round] = []
        self.not_empty = 0

    def measure(self) -> dict[str, Any]:
        """
        Return the rounds, the worker-hours of both kinds of pools in that time, and how many did not start empty.

        Raises:
            TimeoutError: the tasks of a run have not started.

        """
        clock = self._scaling.clock
        clock.advance()
        begin_sec = clock.now
        while self._open or len(self.rounds) < self._runs:
            while self._open + len(self.rounds) < self._runs:
                self._plan(*next(self._marks))
            clock.wait()
        hours = {
            kind: worker_hours(self._scaling.workers(*self._queues(kind)), begin_sec, clock.now)
            for kind in ("ahead", "reactive")
        }
        return {
            "rounds": [asdict(each) for each in self.rounds],
            "not_empty": self.not_empty,
            "worker_hours": {kind: round(each, 3) for kind, each in hours.items()},
        }

    def _queues(self, kind: str) -> list[str]:
        return [queue for queue in self._scaling.services if queue.startswith(kind)]

    def _plan(self, due: datetime, pair: Pair) -> None:
        """Look at the pools before the run of *pair* that is due, and at its tasks after it."""
        self._open += 1
        clock = self._scaling.clock
        due_sec = clock.now + (due - datetime.now(UTC)).total_seconds()
        clock.at(due_sec - EMPTY_SEC, lambda: self._check(due, pair, due_sec))

    def _check(self, due: datetime, pair: Pair, due_sec: float) -> None:
        there = [len(self._scaling.services[queue].present) for queue in (pair.ahead, pair.reactive)]
        if any(there):
            self._open -= 1
            self.not_empty += 1
            self._progress(f"{due:%H:%M} {pair.letter}: does not count, {sum(there)} workers are still there")
            return
        self._scaling.clock.at(due_sec + END_SEC, lambda: self._collect(due, pair))

    def _collect(self, due: datetime, pair: Pair) -> None:
        found = [self._waits(queue, due) for queue in (pair.ahead, pair.reactive)]
        if any(len(waits) < TASKS for waits in found):
            if (datetime.now(UTC) - due).total_seconds() > LIMIT_SEC:
                msg = f"the tasks of {pair.ahead} and {pair.reactive}, due at {due:%H:%M}, have not all started"
                raise TimeoutError(msg)
            self._scaling.clock.after(5, lambda: self._collect(due, pair))
            return
        self._open -= 1
        self.rounds.append(Round(due.isoformat(), *found))
        ahead, reactive = found
        self._progress(
            f"{len(self.rounds)} of {self._runs}, {due:%H:%M} UTC: ahead p50 {median(ahead):.1f} s, maximum"
            f" {max(ahead):.1f} s; reactive p50 {median(reactive):.1f} s, maximum {max(reactive):.1f} s"
        )

    def _waits(self, dag_id: str, due: datetime) -> list[float]:
        return sorted(round(float(wait), 2) for (wait,) in self._stack.sql(WAITS, dag_id, due))
