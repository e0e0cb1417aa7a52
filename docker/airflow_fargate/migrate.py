"""Bring the metadata database up to the image, and make the admin user."""

import logging
import os
import subprocess
import sys
import time

import psycopg2

from airflow_fargate.database import parameters
from airflow_fargate.schema import Schema, schema

log = logging.getLogger(__name__)

LOCK = 3_141_592_653
"""The number of the advisory lock: only one container of a stage migrates at a time."""
ATTEMPTS = 5


def migrate() -> None:
    """
    Migrate under a lock, unless the database is newer than the image, then make the admin user.

    Raises:
        psycopg2.OperationalError: the database stays out of reach.
        subprocess.CalledProcessError: Airflow fails to migrate, again and again.

    """
    connection = _connect()
    connection.autocommit = True
    with connection.cursor() as cursor:
        # Held until the connection ends, however this container ends.
        cursor.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
    if schema(connection) is Schema.AHEAD:
        log.warning("The database is of a newer Airflow than this image; nothing to migrate")
        return
    # Also if the revision is the same: a migration that was cut off may lack the tables of the auth manager.
    _repeat(["airflow", "db", "migrate"])
    if "AIRFLOW_ADMIN_PASSWORD" in os.environ:
        _repeat([sys.executable, "-m", "airflow_fargate.admin"])
    connection.close()


def _connect() -> "psycopg2.extensions.connection":
    for pause in range(ATTEMPTS):
        try:
            return psycopg2.connect(**parameters(os.environ))
        except psycopg2.OperationalError as error:
            log.warning("The database is out of reach: %s", error)
            time.sleep(2**pause)
    return psycopg2.connect(**parameters(os.environ))


def _repeat(command: list[str]) -> None:
    for pause in range(ATTEMPTS):
        if subprocess.run(command, check=False).returncode == 0:
            return
        time.sleep(2**pause)
    subprocess.run(command, check=True)
