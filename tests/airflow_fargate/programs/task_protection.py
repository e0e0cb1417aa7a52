"""A worker that is only busy or idle, in a time that passes faster, with a real thread that protects it."""

import logging
import os
import time
from collections.abc import Mapping
from typing import Any
from unittest.mock import patch

from airflow_fargate.worker import stop_time, task_protection
from airflow_fargate.worker.task_protection import TaskProtection
from typing_extensions import override


class Lines(logging.Handler):
    """The lines of the log."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """Keep the line."""
        self.found.append(record.getMessage())


def protected(steps: list[list[Any]], quicker: Mapping[str, Any]) -> dict[str, Any]:
    """
    Do the *steps*, each of which works, sleeps, or stops the worker; *quicker* are other constants.

    Return the log, the start of the last work, the time until that work started, and whether the thread runs.
    """
    lines, running, waited = Lines(), list[int](), 0.0
    task_protection.log.addHandler(lines)
    with patch.multiple(task_protection, QUIET_SEC=1, LOOK_SEC=0.1, **quicker):
        protection = TaskProtection(os.environ["AGENT"], lambda: bool(running))
        protection.start()
        begun = 0.0
        for kind, sec in steps:
            if kind == "work":
                begun = time.monotonic()
                running.append(1)
                protection.wake()
                waited = time.monotonic() - begun
                time.sleep(sec)
                running.pop()
            elif kind == "stop":
                stop_time.set_from_now()
            else:
                time.sleep(sec)
        return {"lines": lines.found, "begun": begun, "waited": waited, "alive": protection.is_alive()}


def protection_and_need() -> list[int]:
    """Return how long a protection lasts, and how long it takes if one renewal fails, in seconds."""
    need = 2 * task_protection.RENEW_SEC + task_protection.LONGEST_PAUSE_SEC + task_protection.TIMEOUT_SEC
    return [60 * task_protection.EXPIRES_MIN, need]
