"""Waiting for AWS, with an end."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

Tell = Callable[[str], None]
Found = TypeVar("Found")


class OperationError(Exception):
    """Say in one sentence that AWS did not do what it was asked to."""


@dataclass(frozen=True)
class Clock:
    """The moment, and how time is passed."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], None] = time.sleep


CLOCK = Clock()
"""That of this machine."""


def say(line: str) -> None:
    """Print *line* at once, also where the output is no terminal."""
    print(line, flush=True)


def local_time(moment: datetime) -> str:
    """Return *moment* by the clock of this machine."""
    return f"{moment.astimezone():%H:%M:%S}"


def wait_until(
    ask: Callable[[], Found | None], otherwise: str, limit_sec: float, period_sec: float, clock: Clock
) -> Found:
    """
    Return what *ask* returns once it returns something.

    Raises:
        OperationError: it has not for *limit_sec* seconds; the sentence begins with *otherwise*.

    """
    end = clock.now().timestamp() + limit_sec
    while (found := ask()) is None:
        if clock.now().timestamp() >= end:
            msg = f"{otherwise} after {limit_sec / 60:.0f} minutes"
            raise OperationError(msg)
        clock.sleep(period_sec)
    return found
