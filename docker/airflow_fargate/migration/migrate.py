"""Bring the metadata database up to the image, and make the admin user."""

import json
import logging
import os
import subprocess
import sys
import time

import psycopg2

from airflow_fargate.autoscaler.worker_pool import DEFAULT_POOL
from airflow_fargate.database import parameters
from airflow_fargate.migration.done import Done
from airflow_fargate.migration.worker_role import grant, make_role
from airflow_fargate.schema import Schema, airflow_folder, schema

log = logging.getLogger(__name__)

LOCK = 3_141_592_653
"""The number of the advisory lock: only one container of a stage migrates at a time."""
ATTEMPTS = 6


def migrate() -> None:
    """
    Migrate under a lock, unless that is done or the database is newer; then see to the pools and the admin user.

    Before it makes the workers' role, and gives it what it needs once the tables are there.

    The admin's password is set when `AIRFLOW_ADMIN_PASSWORD_VERSION` is another one than last time: who has changed it
    in the UI keeps it.

    Raises:
        SystemExit: the database stays out of reach, or Airflow fails to migrate, again and again; or the workers' role
            cannot be made.

    """
    connection = _connect()
    connection.autocommit = True
    with connection.cursor() as cursor:
        # Held until the connection ends, however this container ends.
        cursor.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
    found, image, done = schema(connection), _image(), Done(connection)
    make_role(connection)
    if found is Schema.AHEAD:
        log.warning("The database is of a newer Airflow than this image; nothing to migrate")
        grant(connection)
        return
    if found is Schema.BEHIND or done.get("migrated") != image:
        _repeat("airflow", "db", "migrate")
        done.set("migrated", image)
    grant(connection)
    _see_to_pools(connection, done)
    version = os.environ.get("AIRFLOW_ADMIN_PASSWORD_VERSION", "")
    if "AIRFLOW_ADMIN_PASSWORD" in os.environ and done.get("admin_password") != version:
        _repeat(sys.executable, "-m", "airflow_fargate.migration.admin")
        done.set("admin_password", version)
    log.info("The database is ready")
    connection.close()


def _see_to_pools(connection: "psycopg2.extensions.connection", done: Done) -> None:
    """Let each queue's pool follow its workers' slots; one that somebody has resized stays so."""
    pools = json.loads(os.environ.get("AIRFLOW_FARGATE_POOL_SLOTS", "{}"))
    if default := os.environ.get("AIRFLOW__CORE__DEFAULT_POOL_TASK_SLOT_COUNT"):
        pools[DEFAULT_POOL] = int(default)
    for pool, slots in pools.items():
        before = done.get(f"pool {pool}")
        with connection.cursor() as cursor:
            # Airflow makes its own, once, with as many slots.
            cursor.execute(
                "INSERT INTO slot_pool (pool, slots, description, include_deferred) VALUES (%s, %s, %s, false)"
                " ON CONFLICT (pool) DO NOTHING",
                (pool, slots, f"The queue {pool}: three task instances for each slot of its workers"),
            )
            cursor.execute("UPDATE slot_pool SET slots = %s WHERE pool = %s AND slots = %s", (slots, pool, before))
        done.set(f"pool {pool}", str(slots))


def _image() -> str:
    """Return Airflow and its providers, which may have tables of their own, each with its version."""
    return " ".join(sorted(each.stem for each in airflow_folder().parent.glob("apache_airflow*.dist-info")))


def _connect() -> "psycopg2.extensions.connection":
    for attempt in range(1, ATTEMPTS + 1):
        try:
            connection: psycopg2.extensions.connection = psycopg2.connect(**parameters(os.environ))
        except psycopg2.OperationalError as error:
            said = str(error).strip()
            log.warning("The database is out of reach: %s", said)
        else:
            return connection
        _pause(attempt)
    sys.exit(f"The database is out of reach after {ATTEMPTS} attempts: {said}")


def _repeat(*command: str) -> None:
    for attempt in range(1, ATTEMPTS + 1):
        if subprocess.run(command, check=False).returncode == 0:
            return
        _pause(attempt)
    sys.exit(f"`{' '.join(command)}` failed {ATTEMPTS} times; it says above why")


def _pause(attempt: int) -> None:
    """Wait for a second, then for two, four and so on, but not after the last attempt."""
    if attempt < ATTEMPTS:
        time.sleep(2 ** (attempt - 1))
