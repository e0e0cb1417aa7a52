"""Wait for AWS, with a time limit."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

Report = Callable[[str], None]
Found = TypeVar("Found")


class OperationError(Exception):
    """Report in one sentence that an operation failed in AWS."""


@dataclass(frozen=True)
class Clock:
    """The current time and a way to wait; tests replace both."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], None] = time.sleep


CLOCK = Clock()
"""The clock of this machine."""


def print_line(line: str) -> None:
    """Print *line* without buffering, also to a pipe or a file."""
    print(line, flush=True)


def local_time(moment: datetime) -> str:
    """Return the time of *moment* in the time zone of this machine."""
    return f"{moment.astimezone():%H:%M:%S}"


def wait_until(
    poll: Callable[[], Found | None], failure: str, limit_sec: float, period_sec: float, clock: Clock
) -> Found:
    """
    Call *poll* until it returns something other than None, and return that.

    Raises:
        OperationError: *poll* returned None for *limit_sec* seconds; the sentence starts with *failure*.

    """
    end = clock.now().timestamp() + limit_sec
    while (found := poll()) is None:
        if clock.now().timestamp() >= end:
            msg = f"{failure} after {limit_sec / 60:.0f} minutes"
            raise OperationError(msg)
        clock.sleep(period_sec)
    return found
