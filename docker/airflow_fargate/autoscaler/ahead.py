"""Which runs are expected soon: the schedule and the history of the metadata database, kept up to date."""

import logging
import time
from collections.abc import Collection, Mapping
from datetime import UTC, datetime

import psycopg2

from airflow_fargate.autoscaler.schedule import Schedule
from constructs_lib.shared.forecast import MISTAKES, PREWARM_TIMEOUT_SEC, Expected, Forecast, Run
from constructs_lib.shared.worker_starts import MAX_SEC
from constructs_lib.shared.workers_missing import AHEAD_SEC, ALARM_REPEAT_SEC, READ_SEC, Bounds, ExpectedSlots

log = logging.getLogger(__name__)

HISTORIES = 25
"""
The maximum number of DAGs whose history is read in one round; the next ones due come first. What such a round takes is
in docs/performance-forecast.md.
"""


class Ahead:
    """The forecast for *pools*, by their queue, from *schedule*."""

    def __init__(self, schedule: Schedule, pools: Mapping[str, Bounds]) -> None:
        self._schedule = schedule
        self._pools = {queue: pool for queue, pool in pools.items() if pool.prewarm_max}
        self._forecast = Forecast()
        # The logical date of each run that is due soon, or expected.
        self._due: dict[Run, datetime] = {}
        self._announced: set[tuple[str, Run]] = set()
        self._has_unread = False
        self._histories = HISTORIES
        self._read_at = float("-inf")
        self._clock_sec = 0.0
        self._failure = ""

    @property
    def is_off(self) -> bool:
        """Whether no pool has workers ahead of its work."""
        return not self._pools

    def look(self) -> None:
        """
        Bring the forecast up to date.

        A database that does not answer, or tables other than Airflow 3.3's, end the forecast but not the autoscaler:
        then workers follow the queued and running work alone.
        """
        if self.is_off:
            return
        try:
            self._look()
        except psycopg2.Error as error:
            failure = " ".join(str(error).split())
            self._forecast.forget()
            self._read_at = float("-inf")
        else:
            failure = ""
        if failure != self._failure:
            if failure:
                log.warning("no forecast, workers follow the queued and running work alone: %s", failure)
            else:
                log.info("the forecast continues")
            self._failure = failure

    def slots(self, queue: str, *, lead_sec: float) -> ExpectedSlots:
        """Return the slots of *queue* that expected runs need, for workers that take *lead_sec* seconds to start."""
        if queue not in self._pools:
            return ExpectedSlots()
        return ExpectedSlots.of(self._forecast, queue, self._now_sec, lead_sec=lead_sec)

    def announce(self, queue: str, *, lead_sec: float) -> None:
        """Log once for each run which workers are now ordered for it, and why."""
        now = self._now_sec
        for run, expected in self._forecast.expected.items() if queue in self._pools else ():
            workers = self._workers(queue, expected)
            if run.due_sec <= now + lead_sec and workers and (queue, run) not in self._announced:
                self._announced.add((queue, run))
                log.info(
                    "%s %s: %d workers for %s at %s, as in %d of the last %d runs",
                    *(_time(now), queue, workers, run.dag_id, _time(run.due_sec)),
                    *(expected.usual.alike, expected.usual.runs),
                )

    @property
    def _now_sec(self) -> float:
        """The database's time, by which the scheduler creates runs; the clock of this container may be wrong."""
        return time.monotonic() + self._clock_sec

    def _look(self) -> None:
        if not self._is_open and time.monotonic() - self._read_at < READ_SEC:
            return
        now, due = self._schedule.due(past_sec=PREWARM_TIMEOUT_SEC + READ_SEC, ahead_sec=AHEAD_SEC)
        self._read_at = time.monotonic()
        self._clock_sec = now - self._read_at
        self._due = due | {run: logical for run, logical in self._due.items() if run in self._forecast.expected}
        self._follow(due)
        self._end()
        self._read_histories([run for run in due if run.due_sec + PREWARM_TIMEOUT_SEC > self._now_sec])

    @property
    def _is_open(self) -> bool:
        """Whether workers may be ordered for a run now, or histories are left to read: this takes place each round."""
        end = self._now_sec + MAX_SEC + ALARM_REPEAT_SEC
        return self._has_unread or any(run.due_sec <= end for run in self._forecast.expected)

    def _follow(self, due: Collection[Run]) -> None:
        """Note what has become of the expected runs that still need workers."""
        needing = [run for run, expected in self._forecast.expected.items() if any(expected.left.values())]
        late = [run for run in needing if run.due_sec <= self._now_sec or run not in due]
        arrived = self._schedule.arrived({run: self._due[run] for run in late})
        for run in late:
            expected = self._forecast.expected[run]
            if not self._forecast.follow(run, is_due=run in due, arrived=arrived.get(run)):
                self._log_end(run, expected, "is paused, removed, or has another schedule")

    def _end(self) -> None:
        """End the forecasts whose time is over."""
        for run, expected, distrusted in self._forecast.end(self._now_sec):
            if not expected.came:
                self._log_end(run, expected, "did not start")
            self._log_distrust(run, distrusted=distrusted)
        self._announced = {(queue, run) for queue, run in self._announced if run in self._forecast.expected}

    def _read_histories(self, due: Collection[Run]) -> None:
        """Read what runs usually need for runs that are new in the schedule."""
        unknown = self._forecast.unknown(due)
        runs, self._has_unread = unknown[: self._histories], len(unknown) > self._histories
        if runs:
            try:
                past = self._schedule.past_runs([(run.dag_id, self._due[run]) for run in runs])
            except psycopg2.Error:
                # So many may take too long.
                self._histories = max(1, self._histories // 2)
                raise
            self._histories = min(self._histories + 1, HISTORIES)
            for run in runs:
                self._log_distrust(run, distrusted=self._forecast.expect(run, past[run.dag_id]))

    def _log_end(self, run: Run, expected: Expected, reason: str) -> None:
        for queue in [queue for queue, announced in self._announced if announced == run]:
            workers = self._workers(queue, expected)
            log.info(
                "%s %s: %s, due at %s, %s; its %d workers are no longer asked for",
                *(_time(self._now_sec), queue, run.dag_id, _time(run.due_sec), reason, workers),
            )

    def _log_distrust(self, run: Run, *, distrusted: bool) -> None:
        if distrusted:
            log.info(
                "%s %s: %d forecasts in a row were wrong; there is none until its newer runs are alike",
                *(_time(self._now_sec), run.dag_id, MISTAKES),
            )

    def _workers(self, queue: str, expected: Expected) -> int:
        pool = self._pools[queue]
        return min(-(-expected.usual.slots.get(queue, 0) // pool.slots), pool.prewarm_max)


def _time(second: float) -> str:
    """Return the time of day in UTC."""
    return f"{datetime.fromtimestamp(second, UTC):%H:%M:%S}"
