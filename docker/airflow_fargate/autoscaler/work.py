"""The amount of work: the task instances in Airflow's metadata database."""

import os
import select
import time
from collections.abc import Iterable

import psycopg2
from psycopg2.extensions import POLL_OK, POLL_READ, set_wait_callback

from airflow_fargate.database import parameters

STATES = ("queued", "running", "restarting")
"""
The states in which a task instance has, or waits for, a slot of a worker.

`scheduled` is not among them: such a task may wait for a pool or a limit of Airflow, and another worker does not help.
A task that waits only for workers becomes `queued`, because Airflow's own limits leave room for all workers. `deferred`
and `up_for_reschedule` hold no slot.
"""
LIMIT_SEC = 10


class Work:
    """The metadata database, over one connection that is opened again when it breaks."""

    def __init__(self) -> None:
        # libpq itself would wait as long as TCP does, and block signals.
        set_wait_callback(_wait)
        self._connection: psycopg2.extensions.connection | None = None

    def count(self, queues: Iterable[str]) -> dict[str, int]:
        """
        Return how many task instances have or wait for a slot, by queue.

        Raises:
            psycopg2.Error: the database cannot be asked, or does not answer within ten seconds.

        """
        counts = dict.fromkeys(queues, 0)
        try:
            with self._open().cursor() as cursor:
                cursor.execute(
                    "SELECT queue, count(*) FROM task_instance WHERE state IN %s AND queue IN %s GROUP BY queue",
                    (STATES, tuple(counts)),
                )
                return counts | dict(cursor.fetchall())
        except psycopg2.Error:
            self._close()
            raise

    def _open(self) -> "psycopg2.extensions.connection":
        if self._connection is None:
            self._connection = psycopg2.connect(**parameters(os.environ), application_name="autoscaler")
            self._connection.autocommit = True
        return self._connection

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _wait(connection: "psycopg2.extensions.connection") -> None:
    """Wait until *connection* has finished its operation."""
    end = time.monotonic() + LIMIT_SEC
    while (state := connection.poll()) != POLL_OK:
        readers, writers = ([connection], []) if state == POLL_READ else ([], [connection])
        if not any(select.select(readers, writers, [], max(0, end - time.monotonic()))):
            msg = f"the database has not answered for {LIMIT_SEC} s"
            raise psycopg2.OperationalError(msg)
