"""How long a service's workers take from the order until they work, measured on its last starts."""

from collections import deque
from collections.abc import Collection
from math import ceil

READY_SEC, MAX_READY_SEC = 5, 60
"""
From the running task until the worker works. The minimum is measured: 3 s with 1 vCPU and 5 s with half of one. What
takes longer than the maximum has another reason, such as tasks that start slowly on workers that are ready.
"""
DEFAULT_SEC = 80 + READY_SEC
"""
Until most workers work: metric and alarm 20 s, ECS 7 s, network interface and image 50 s (`docs/elasticity.md`),
rounded up, and `READY_SEC`.
"""
MIN_SEC, MAX_SEC = 30, 300
WAITED_ROUNDS = 2
"""Rounds with queued tasks after which they have waited for a worker; a task on a ready one is queued for 1 to 3 s."""
ENOUGH, REMEMBERED = 5, 40
"""Numbers of starts: those from which the measurement counts, and the last ones that it consists of."""
LATE_REMEMBERED = 5
"""How many times of first workers for which tasks waited count: the last ones."""
PAUSE_SEC = 30
"""If rounds are missing for longer, nobody knows when in that time workers started."""
SHARE = 0.6
"""Of the last starts. The other workers are seconds late; to wait for nearly all would cost a tenth more."""


class WorkerStarts:
    """
    The starts of one service's workers, from its counts in each round of the autoscaler.

    A worker is ordered in the round in which more are wanted than run, and started in the round in which more run. So
    the time has the metric, the alarm and the scaling in it, and no task has to be described.

    ECS calls a task running before its worker asks for work. Only the first worker of a service without any shows how
    long that takes, because all running task instances are on it, and only if tasks have waited for it: otherwise it
    was ready, and idle.
    """

    def __init__(self) -> None:
        # When each open order was made; None if that is not known.
        self._ordered: deque[float | None] = deque()
        self._starts: deque[float] = deque(maxlen=REMEMBERED)
        # Single times that are wrong do not count.
        self._readies = deque([float(READY_SEC)] * LATE_REMEMBERED, maxlen=LATE_REMEMBERED)
        self._queued: deque[int] = deque(maxlen=WAITED_ROUNDS)
        self._running = 0
        self._first_sec: float | None = None
        self._noted_sec = float("-inf")

    def note(self, now_sec: float, *, wanted: int, running: int, queued: int, busy: int) -> None:
        """
        Note the numbers at the second *now_sec*.

        Of workers: how many are *wanted*, and how many are *running*. Of task instances: how many are *queued*, and how
        many run, so that so many slots are *busy*.
        """
        if now_sec - self._noted_sec > PAUSE_SEC:
            self._forget(wanted=wanted, running=running)
        self._noted_sec = now_sec
        self._note_ready(now_sec, running=running, queued=queued, busy=busy)
        open_orders = max(0, wanted - running)
        for _ in range(min(running - self._running, len(self._ordered))):
            if (ordered_sec := self._ordered.popleft()) is not None:
                self._starts.append(now_sec - ordered_sec)
        self._running = running
        while len(self._ordered) > open_orders:
            self._ordered.pop()
        while len(self._ordered) < open_orders:
            self._ordered.append(now_sec)

    @property
    def lead_sec(self) -> float:
        """How long before they are needed workers must be ordered, so that six of ten are ready."""
        started = _usual(self._starts) if len(self._starts) >= ENOUGH else DEFAULT_SEC - READY_SEC
        return min(max(started + _usual(self._readies), MIN_SEC), MAX_SEC)

    def _forget(self, *, wanted: int, running: int) -> None:
        """Begin anew with workers that were ordered and started at an unknown time."""
        self._running, self._first_sec = running, None
        self._ordered = deque([None] * max(0, wanted - running))
        self._queued.clear()

    def _note_ready(self, now_sec: float, *, running: int, queued: int, busy: int) -> None:
        """Measure how long the first worker takes to work."""
        if running and not self._running:
            self._first_sec = now_sec
        # Of the tasks that were queued in each of the last rounds, those that are not any more. A lost one stays.
        have_waited = len(self._queued) == WAITED_ROUNDS and min(self._queued) > queued
        self._queued.append(queued)
        if self._first_sec is not None and (busy or not running):
            ready_sec = now_sec - self._first_sec
            if busy and have_waited and ready_sec <= MAX_READY_SEC:
                self._readies.append(max(READY_SEC, ready_sec))
            self._first_sec = None


def _usual(seconds: Collection[float]) -> float:
    """Return the time in which six of ten are there."""
    return sorted(seconds)[ceil(len(seconds) * SHARE) - 1]
