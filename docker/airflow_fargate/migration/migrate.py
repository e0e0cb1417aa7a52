"""
Migrate the metadata database to the image's Airflow; create the pools, the admin user and the workers' role.

`python -m airflow_fargate.migration.migrate` creates the admin user only: `migrate` runs it as a program, because it
imports Airflow, which takes seconds and is needed only when the password is new.
"""

import json
import logging
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psycopg2

from airflow_fargate.database import parameters
from airflow_fargate.migration.worker_role import grant, make_role
from airflow_fargate.schema import Schema, airflow_folder, schema
from constructs_lib.shared.containers import ADMIN, DEFAULT_POOL

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812 a class

log = logging.getLogger(__name__)

LOCK = 3_141_592_653
"""The number of the advisory lock: only one container of a stage migrates at a time."""
ATTEMPTS = 6
TABLE = "airflow_fargate"


class Done:
    """
    A small table in the database of *connection* that records what the migration has done; each call commits.

    The container that migrates holds a lock, so no other container uses the table meanwhile.
    """

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE TABLE IF NOT EXISTS {TABLE} (name text PRIMARY KEY, value text NOT NULL)")

    def get(self, name: str) -> str | None:
        """Return the stored value of *name*, or None."""
        with self._connection.cursor() as cursor:
            cursor.execute(f"SELECT value FROM {TABLE} WHERE name = %s", (name,))  # noqa: S608 a constant
            row = cursor.fetchone()
        return row[0] if row else None

    def set(self, name: str, value: str) -> None:
        """Store a value."""
        with self._connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {TABLE} VALUES (%s, %s) ON CONFLICT (name) DO UPDATE SET value = excluded.value",  # noqa: S608 a constant
                (name, value),
            )


def migrate() -> None:
    """
    Migrate under a lock, unless that is done or the database is newer; then create the pools and the admin user.

    The workers' role exists before the migration, and gets its permissions once the tables exist.

    The admin's password is set when `AIRFLOW_ADMIN_PASSWORD_VERSION` differs from the last one: an admin who has
    changed the password in the UI keeps it.

    Raises:
        SystemExit: the database stays out of reach, Airflow fails to migrate in each attempt, or the workers' role
            cannot be created.

    """
    connection = _connect()
    connection.autocommit = True
    with connection.cursor() as cursor:
        # Held until the connection ends, however this container ends.
        cursor.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
    found, image, done = schema(connection), _image(), Done(connection)
    make_role(connection)
    if found is Schema.AHEAD:
        log.warning("The database is from a newer Airflow than this image; nothing to migrate")
        grant(connection)
        return
    if found is Schema.BEHIND or done.get("migrated") != image:
        _repeat("airflow", "db", "migrate")
        done.set("migrated", image)
    grant(connection)
    _resize_pools(connection, done)
    version = os.environ.get("AIRFLOW_ADMIN_PASSWORD_VERSION", "")
    if "AIRFLOW_ADMIN_PASSWORD" in os.environ and done.get("admin_password") != version:
        _repeat(sys.executable, "-m", "airflow_fargate.migration.migrate")
        done.set("admin_password", version)
    log.info("The database is ready")
    connection.close()


def create_admin() -> None:
    """
    Create the user `admin` with `AIRFLOW_ADMIN_PASSWORD`, or set its password.

    Only Airflow's FAB auth manager has such users; with another one no user is created.

    Raises:
        SystemExit: Airflow does not create the user.

    """
    from airflow.configuration import conf  # noqa: PLC0415 slow

    if "fab" not in conf.get("core", "auth_manager"):
        log.warning("The auth manager is not FAB's; no user admin is created.")
        return
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder  # noqa: PLC0415 slow
    from airflow.providers.fab.auth_manager.security_manager.override import FabException  # noqa: PLC0415 slow

    with get_application_builder() as builder:
        manager, password = builder.sm, os.environ["AIRFLOW_ADMIN_PASSWORD"]
        if user := manager.find_user(ADMIN):
            manager.reset_password(user.id, password)
            return
        try:
            manager.add_user(ADMIN, "Admin", "", "admin@localhost", manager.find_role("Admin"), password=password)
        except FabException as error:
            # The other lines have the password's hash.
            reason = str(error.__cause__).splitlines()[0]
            sys.exit(f"Airflow did not create the user {ADMIN}: {reason}")


def _resize_pools(connection: "Connection", done: Done) -> None:
    """Create each queue's pool, and resize it with its workers' slots; a pool that a user has resized stays so."""
    pools = json.loads(os.environ.get("AIRFLOW_FARGATE_POOL_SLOTS", "{}"))
    if default := os.environ.get("AIRFLOW__CORE__DEFAULT_POOL_TASK_SLOT_COUNT"):
        pools[DEFAULT_POOL] = int(default)
    for pool, slots in pools.items():
        before = done.get(f"pool {pool}")
        with connection.cursor() as cursor:
            # Airflow creates its own pool, once, with as many slots.
            cursor.execute(
                "INSERT INTO slot_pool (pool, slots, description, include_deferred) VALUES (%s, %s, %s, false)"
                " ON CONFLICT (pool) DO NOTHING",
                (pool, slots, f"The queue {pool}: three task instances for each slot of its workers"),
            )
            cursor.execute("UPDATE slot_pool SET slots = %s WHERE pool = %s AND slots = %s", (slots, pool, before))
        done.set(f"pool {pool}", str(slots))


def _image() -> str:
    """Return the versions of Airflow and of its providers, which may have their own tables."""
    return " ".join(sorted(each.stem for each in airflow_folder().parent.glob("apache_airflow*.dist-info")))


def _connect() -> "Connection":
    for attempt in range(1, ATTEMPTS + 1):
        try:
            connection: Connection = psycopg2.connect(**parameters(os.environ))
        except psycopg2.OperationalError as error:
            problem = str(error).strip()
            log.warning("The database is out of reach: %s", problem)
        else:
            return connection
        _pause(attempt)
    sys.exit(f"The database is out of reach after {ATTEMPTS} attempts: {problem}")


def _repeat(*command: str) -> None:
    for attempt in range(1, ATTEMPTS + 1):
        if subprocess.run(command, check=False).returncode == 0:
            return
        _pause(attempt)
    sys.exit(f"`{' '.join(command)}` failed {ATTEMPTS} times; the reason is above")


def _pause(attempt: int) -> None:
    """Wait for a second, then for two, four and so on, but not after the last attempt."""
    if attempt < ATTEMPTS:
        time.sleep(2 ** (attempt - 1))


if __name__ == "__main__":
    create_admin()
