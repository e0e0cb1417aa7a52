"""Airflow's metadata database, over one connection that is opened again when it breaks."""

import os
import select
import time
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg2
from psycopg2.extensions import POLL_OK, POLL_READ, set_wait_callback

from airflow_fargate.database import parameters

LIMIT_SEC = 10


class Metadata:
    """The connection of the autoscaler."""

    def __init__(self) -> None:
        # libpq itself would wait as long as TCP does, and block signals.
        set_wait_callback(_wait)
        self._connection: psycopg2.extensions.connection | None = None

    def rows(self, query: str, values: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """
        Return the rows of *query* with *values*.

        Raises:
            psycopg2.Error: the database cannot be asked, or does not answer within ten seconds.

        """
        try:
            with self._open().cursor() as cursor:
                cursor.execute(query, values)
                return cursor.fetchall()
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
