"""
The first process of a container: `python -m tests.airflow_fargate.programs.first_process <end>`.

Its child leaves an orphan behind, and ends in one of four ways.
"""

import ctypes
import json
import os
import signal
import sys
import time
from types import FrameType

import psutil
from airflow_fargate.secret_isolation import run_as_init

SET_CHILD_SUBREAPER = 36
"""`PR_SET_CHILD_SUBREAPER` of <linux/prctl.h>: orphans become this process's, as in a container those of process 1."""


def leave_orphan() -> None:
    """Let a process end whose child still runs."""
    parent = os.fork()
    if parent == 0:
        if os.fork() == 0:
            time.sleep(0.2)
        os._exit(0)
    os.waitpid(parent, 0)


def end(how: str, first: int) -> None:
    """End in the way *how*; *first* is the first process."""

    def stopped(_number: int, _frame: FrameType | None) -> None:
        sys.exit(5)

    if how == "exit":
        sys.exit(3)
    if how == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "stopped":
        signal.signal(signal.SIGTERM, stopped)
        print("up", flush=True)  # noqa: T201 the test reads it
        time.sleep(60)
    time.sleep(0.6)
    zombies = [each.pid for each in psutil.Process(first).children() if each.status() == psutil.STATUS_ZOMBIE]
    print(json.dumps(zombies))  # noqa: T201 the test reads it


if __name__ == "__main__":
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    first = os.getpid()
    run_as_init()
    leave_orphan()
    end(sys.argv[1], first)
