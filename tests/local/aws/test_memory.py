"""Promises of the watch over the memory of tasks that run as processes."""

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from airflow_on_fargate.local.aws.memory import MemoryLimits
from tests.programs import command

pytestmark = pytest.mark.programs

WAIT_SEC = 10


@contextmanager
def running(program: str) -> Iterator[int]:
    """Run *program* in its own session, and yield the session once it has printed that it is ready."""
    with subprocess.Popen(command(program), stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stdout
        process.stdout.readline()
        try:
            yield process.pid
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def test_memory_that_processes_share_counts_once() -> None:
    """Memory that processes share counts once."""
    limits, fits, exceeds = MemoryLimits(), threading.Event(), threading.Event()

    with running("share_memory") as session:
        limits.watch(session, 400, fits.set)
        assert not fits.wait(2)
        limits.watch(session, 150, exceeds.set)
        assert exceeds.wait(WAIT_SEC)


def test_a_session_that_is_forgotten_is_left_alone() -> None:
    """A forgotten session is not watched, because its number can be reused."""
    limits, exceeded = MemoryLimits(), threading.Event()

    with running("grow_later") as session:
        limits.watch(session, 100, exceeded.set)
        limits.forget(session)

        assert not exceeded.wait(3)
