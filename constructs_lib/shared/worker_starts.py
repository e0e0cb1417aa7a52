"""How long a service's workers take from the order until they work, measured on its last starts."""

from collections import deque
from collections.abc import Collection
from math import ceil
from typing import NamedTuple

DEFAULT_SEC = 85
"""
Seconds until most workers run: metric and alarm 20, ECS 7, network interface and image 50 (`docs/elasticity.md`).
"""
MIN_SEC, MAX_SEC = 30, 300
READY_SEC, MAX_READY_SEC = 5, 60
"""
From the running task until the worker works. The minimum is measured: 3 s with 1 vCPU and 5 s with half of one. What
takes longer than the maximum has another reason, such as tasks that start slowly on workers that are ready.
"""
WAITED_ROUNDS = 2
"""Rounds with queued tasks after which they have waited for a worker; a task on a ready one is queued for 1 to 3 s."""
ENOUGH, REMEMBERED = 5, 40
"""Numbers of starts: those from which the measurement counts, and the last ones that it consists of."""
LATE_REMEMBERED = 5
"""The number of the last groups of workers for which tasks waited that count."""
SHARE = 0.6
"""Of the last starts. The other workers are seconds late; to wait for nearly all would cost a tenth more."""


class _Started(NamedTuple):
    """Workers that ECS calls running since a second, and how many there were before them."""

    since_sec: float
    older: int


class WorkerStarts:
    """
    The starts of one service's workers, each with so many *slots*, from its counts in each round of the autoscaler.

    A worker is ordered in the round in which more are wanted than run, and started in the round in which more run. So
    the time has the metric, the alarm and the scaling in it, and no task has to be described. It works from the round
    in which more tasks run than the older workers have slots for. If tasks have waited for that, the time from start to
    work is how long it took to be ready; otherwise it was ready before.
    """

    def __init__(self, *, slots: int) -> None:
        self._slots = slots
        self._ordered: deque[float] = deque()
        self._running = 0
        self._starts: deque[float] = deque(maxlen=REMEMBERED)
        self._started: _Started | None = None
        self._rounds_queued = 0
        self._readies: deque[float] = deque(maxlen=LATE_REMEMBERED)

    def note(self, now_sec: float, *, wanted: int, running: int, queued: int, busy: int) -> None:
        """
        Note the numbers at the second *now_sec*.

        Of workers: how many are *wanted*, and how many are *running*. Of task instances: how many are *queued*, and how
        many run, so that so many slots are *busy*.
        """
        self._note_ready(now_sec, running=running, busy=busy)
        self._rounds_queued = self._rounds_queued + 1 if queued else 0
        open_orders = max(0, wanted - running)
        for _ in range(min(running - self._running, len(self._ordered))):
            self._starts.append(now_sec - self._ordered.popleft())
        self._running = running
        while len(self._ordered) > open_orders:
            self._ordered.pop()
        while len(self._ordered) < open_orders:
            self._ordered.append(now_sec)

    @property
    def lead_sec(self) -> float:
        """How long before they are needed workers must be ordered, so that six of ten are ready."""
        started = _usual(self._starts) if len(self._starts) >= ENOUGH else DEFAULT_SEC - READY_SEC
        ready = max(READY_SEC, _usual(self._readies) if self._readies else 0)
        return min(max(started + ready, MIN_SEC), MAX_SEC)

    def _note_ready(self, now_sec: float, *, running: int, busy: int) -> None:
        """Measure how long the first of the newest workers take to have work, if tasks wait for them."""
        if self._started is None and running > self._running:
            self._started = _Started(now_sec, self._running)
        if self._started is None:
            return
        ready_sec = now_sec - self._started.since_sec
        works = busy > self._started.older * self._slots
        if works and self._rounds_queued >= WAITED_ROUNDS and ready_sec <= MAX_READY_SEC:
            self._readies.append(ready_sec)
        if works or running <= self._started.older:
            self._started = None


def _usual(seconds: Collection[float]) -> float:
    """Return the time in which six of ten are there."""
    return sorted(seconds)[ceil(len(seconds) * SHARE) - 1]
