"""The local stack's own PostgreSQL, run for tests."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from airflow_on_fargate.local.database import Database, own_database
from airflow_on_fargate.local.ports import free_port
from airflow_on_fargate.local.state import State
from tests.clone import PROJECT
from tests.measured import measured

LIMIT_SEC = 30
PROGRAM = ("-m", "airflow_on_fargate.local.database")


@contextmanager
def running(state: State, program: Sequence[str] = PROGRAM) -> Iterator[Database]:
    """Run the database of *state*, a folder that PostgreSQL gets to after it gives up root, as the supervisor does."""
    database = own_database(state, port=free_port())
    command = [sys.executable, *program, "--state", str(state.folder), "--port", str(database.port)]
    with (
        measured({**os.environ, "PYTHONPATH": str(PROJECT)}, becomes_another=True) as environment,
        subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process,
    ):
        try:
            end = time.monotonic() + LIMIT_SEC
            while not database.answers():
                assert time.monotonic() < end
                time.sleep(0.1)
            yield database
        finally:
            process.send_signal(signal.SIGINT)
