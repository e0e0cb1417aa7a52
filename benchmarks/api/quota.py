"""Limit the CPU time of processes as in a Fargate task: Linux grants a quota in each period of 100 ms."""

import os
import signal
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress

from benchmarks.measure import family

PERIOD_SEC = 0.1
LOOK_SEC = 0.004


def cpu_sec(process_ids: Iterable[int]) -> float:
    """Return the CPU time of the processes that still run."""
    return sum(_clocks(process_ids).values())


@contextmanager
def quota(roots: Sequence[int], vcpus: float) -> Iterator[None]:
    """
    Let the processes *roots*, and all that they start, use *vcpus* together.

    They are stopped when they have used their part of a period, until the next one begins.
    """
    over = threading.Event()
    thread = threading.Thread(target=_enforce, args=(roots, vcpus, over))
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _enforce(roots: Sequence[int], vcpus: float, over: threading.Event) -> None:
    debt = 0.0
    while not over.is_set():
        end = time.monotonic() + PERIOD_SEC
        ids = [each for root in roots for each in family(root)]
        before, used = _clocks(ids), 0.0
        while used < (left := PERIOD_SEC * vcpus - debt) and time.monotonic() < end:
            time.sleep(LOOK_SEC)
            used = sum(now - before[each] for each, now in _clocks(before).items())
        debt = max(0.0, used - left)
        if time.monotonic() < end:
            ids = [each for root in roots for each in family(root)]
            _signal(ids, signal.SIGSTOP)
            time.sleep(max(0.0, end - time.monotonic()))
            _signal(ids, signal.SIGCONT)


def _clocks(process_ids: Iterable[int]) -> dict[int, float]:
    found = {}
    for each in process_ids:
        with suppress(OSError):
            # Linux: the id of the clock of another process's CPU time (clock_getcpuclockid).
            found[each] = time.clock_gettime((~each << 3) | 2)
    return found


def _signal(process_ids: Iterable[int], number: signal.Signals) -> None:
    for each in process_ids:
        with suppress(ProcessLookupError):
            os.kill(each, number)
