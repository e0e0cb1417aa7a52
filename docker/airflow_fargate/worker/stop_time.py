"""
The moment when the tasks of this worker must have ended, shared by its processes.

The worker's first process gets SIGTERM; the tasks run in processes that it has forked. They read the moment from
shared memory.
"""

import mmap
import os
import struct
import time

from constructs_lib.shared.worker import hand_back_after_sec

STOP_TIMEOUT_SEC = int(os.environ.get("AIRFLOW_FARGATE_STOP_TIMEOUT_SEC", "30"))
"""Seconds from SIGTERM to SIGKILL, the container's `stopTimeout`; ECS's default if it is not set."""
LIMIT_SEC = hand_back_after_sec(STOP_TIMEOUT_SEC)

_NUMBER = struct.Struct("d")
_shared = mmap.mmap(-1, _NUMBER.size)


def set_from_now() -> None:
    """Start the time, unless it has started."""
    if not is_set():
        # The monotonic clock is the machine's, the same in all processes.
        _NUMBER.pack_into(_shared, 0, time.monotonic() + LIMIT_SEC)


def is_set() -> bool:
    """Whether the worker is being stopped."""
    return _moment() > 0


def is_over() -> bool:
    """Whether a task that still runs has to end now."""
    return is_set() and time.monotonic() > _moment()


def _moment() -> float:
    moment: float = _NUMBER.unpack_from(_shared)[0]
    return moment
