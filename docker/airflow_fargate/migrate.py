"""Bring the metadata database up to the image, and make the admin user."""

import logging
import os
import subprocess
import sys
import time
from importlib.metadata import version

import psycopg2

from airflow_fargate.database import parameters
from airflow_fargate.done import Done
from airflow_fargate.schema import Schema, schema

log = logging.getLogger(__name__)

LOCK = 3_141_592_653
"""The number of the advisory lock: only one container of a stage migrates at a time."""
ATTEMPTS = 5


def migrate() -> None:
    """
    Migrate under a lock, unless the database is newer than the image, then make the admin user.

    What this image has done already is not done again: neither takes less than three seconds.

    Raises:
        psycopg2.OperationalError: the database stays out of reach.
        subprocess.CalledProcessError: Airflow fails to migrate, again and again.

    """
    connection = _connect()
    connection.autocommit = True
    with connection.cursor() as cursor:
        # Held until the connection ends, however this container ends.
        cursor.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
    now = schema(connection)
    if now is Schema.AHEAD:
        log.warning("The database is of a newer Airflow than this image; nothing to migrate")
        return
    done = Done(connection)
    # The revision alone does not tell: a migration that was cut off may lack the tables of the auth manager.
    if now is Schema.BEHIND or done.get("migrated") != _installed():
        _repeat(["airflow", "db", "migrate"])
        done.set("migrated", _installed())
    password = os.environ.get("AIRFLOW_ADMIN_PASSWORD_VERSION", "")
    # Set again only when it is another one: who has changed it in the UI keeps that.
    if "AIRFLOW_ADMIN_PASSWORD" in os.environ and done.get("admin_password") != password:
        _repeat([sys.executable, "-m", "airflow_fargate.admin"])
        done.set("admin_password", password)
    connection.close()


def _installed() -> str:
    """Return the versions of what brings tables, as text."""
    return " ".join(f"{name} {version(name)}" for name in ("apache-airflow", "apache-airflow-providers-fab"))


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
