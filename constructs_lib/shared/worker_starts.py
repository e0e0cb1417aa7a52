"""How long a service's workers take from the order to the running task, measured on its last starts."""

from collections import deque
from math import ceil

DEFAULT_SEC = 85
"""
Seconds until most workers run: metric and alarm 20, ECS 7, network interface and image 50 (`docs/elasticity.md`).
"""
MIN_SEC, MAX_SEC = 30, 300
READY_SEC = 5
"""From the running task until the worker asks for work; measured, 3 s with 1 vCPU and 5 s with half of one."""
ENOUGH, REMEMBERED = 5, 40
"""Numbers of starts: those from which the measurement counts, and the last ones that it consists of."""
SHARE = 0.6
"""Of the last starts. The other workers are seconds late; to wait for nearly all would cost a tenth more."""


class WorkerStarts:
    """
    The starts of one service's workers, from its counts in each round of the autoscaler.

    A worker is ordered in the round in which more are wanted than run, and started in the round in which more run. So
    the time has the metric, the alarm and the scaling in it, and no task has to be described.
    """

    def __init__(self) -> None:
        self._ordered: deque[float] = deque()
        self._running = 0
        self._starts: deque[float] = deque(maxlen=REMEMBERED)

    def note(self, now_sec: float, *, wanted: int, running: int) -> None:
        """Note how many workers are *wanted*, and how many are *running*, at the second *now_sec*."""
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
        if len(self._starts) < ENOUGH:
            return DEFAULT_SEC
        started = sorted(self._starts)[ceil(len(self._starts) * SHARE) - 1]
        return min(max(started + READY_SEC, MIN_SEC), MAX_SEC)
