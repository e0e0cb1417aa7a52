"""Limit the memory of tasks that run as processes: a task that uses more than it has is killed, as on ECS."""

import os
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import psutil

LOOK_SEC = 0.5
MIB = 1024 * 1024


@dataclass(frozen=True)
class Limit:
    """The memory limit of a session, and the function that is called when its processes use more."""

    size: int
    exceeded: Callable[[], None]


class MemoryLimits:
    """
    Watch sessions, which are the processes of a task: a thread of its own looks while there is any.

    The kernel counts a page that several processes share once. The resident size of a process has all of its pages,
    which is quick to read; only where these sum up to more than the limit are shared pages counted by their share.
    """

    def __init__(self) -> None:
        self._limits: dict[int, Limit] = {}
        self._lock = threading.Lock()
        self._is_watching = False

    def watch(self, session: int, size_mib: int, exceeded: Callable[[], None]) -> None:
        """Call *exceeded* once when the processes of the *session* use more than *size_mib*."""
        with self._lock:
            self._limits[session] = Limit(size_mib * MIB, exceeded)
            if not self._is_watching:
                self._is_watching = True
                threading.Thread(target=self._watch, daemon=True).start()

    def forget(self, session: int) -> None:
        """Stop watching the *session*, because its number can be reused."""
        self._take(session)

    def _take(self, session: int) -> Limit | None:
        with self._lock:
            return self._limits.pop(session, None)

    def _watch(self) -> None:
        while True:
            with self._lock:
                limits = dict(self._limits)
                self._is_watching = bool(limits)
            if not limits:
                return
            for session, processes in _processes(set(limits)).items():
                size = limits[session].size
                if _resident(processes) > size and _proportional(processes) > size and (limit := self._take(session)):
                    limit.exceeded()
            time.sleep(LOOK_SEC)


def _processes(sessions: set[int]) -> dict[int, list[psutil.Process]]:
    found = defaultdict[int, list[psutil.Process]](list)
    for process in psutil.pids():
        with suppress(OSError, psutil.Error):
            session = os.getsid(process)
            if session in sessions:
                found[session].append(psutil.Process(process))
    return found


def _resident(processes: list[psutil.Process]) -> int:
    size = 0
    for process in processes:
        with suppress(psutil.Error):
            size += process.memory_info().rss
    return size


def _proportional(processes: list[psutil.Process]) -> int:
    """Return the proportional memory of *processes*: of a shared page, each counts its share."""
    size = 0
    for process in processes:
        with suppress(psutil.Error):
            memory = process.memory_full_info()
            # macOS has no such figure.
            size += memory.pss if sys.platform == "linux" else memory.uss
    return size
