"""Whether the metadata database has the tables that this image's Airflow expects."""

import importlib.util
import logging
import os
import re
import sys
import time
from enum import Enum
from functools import cache
from pathlib import Path

import psycopg2

from airflow_fargate.database import parameters
from airflow_fargate.health import beat

log = logging.getLogger(__name__)

MIGRATIONS = {"alembic_version": "migrations", "alembic_version_fab": "providers/fab/migrations"}
"""For Airflow and its FAB auth manager: the table with Alembic's revision, and the folder of the scripts."""

REFUSED = "it refuses this container's user or password; the migration creates the role of a worker"
REFUSALS = r'password authentication failed|role ".*" does not exist|no pg_hba.conf entry'
"""PostgreSQL's messages for an unknown user; libpq has no error code for a failed connection."""


class Schema(Enum):
    """How the database's schema compares with the image's."""

    BEHIND = "behind"
    SAME = "same"
    AHEAD = "ahead"


def airflow_folder() -> Path:
    """Return where Airflow is installed, without importing it, which takes seconds in a small container."""
    found = importlib.util.find_spec("airflow")
    if found is None or found.origin is None:
        sys.exit("Airflow is not installed")
    return Path(found.origin).parent


@cache
def revisions(migrations: str) -> tuple[str, frozenset[str]]:
    """
    Return the newest revision of the scripts in *migrations*, and all of them.

    Alembic would import each script, and Airflow with it.
    """
    known, followed = set(), set()
    for script in Path(airflow_folder(), migrations, "versions").glob("*.py"):
        text = script.read_text(encoding="utf-8")
        known |= set(re.findall(r'^revision = "(.+)"$', text, re.MULTILINE))
        followed |= set(re.findall(r'^down_revision = "(.+)"$', text, re.MULTILINE))
    [newest] = known - followed
    return newest, frozenset(known)


def schema(connection: "psycopg2.extensions.connection") -> Schema:
    """Compare the schema of *connection* with the image's; without tables it is behind."""
    found = {_schema(connection, table, *revisions(migrations)) for table, migrations in MIGRATIONS.items()}
    return next(each for each in (Schema.BEHIND, Schema.AHEAD, Schema.SAME) if each in found)


def _schema(connection: "psycopg2.extensions.connection", table: str, newest: str, known: frozenset[str]) -> Schema:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", (table,))
        if cursor.fetchone() != (True,):
            return Schema.BEHIND
        cursor.execute(f"SELECT version_num FROM {table}")  # noqa: S608 one of two names above
        row = cursor.fetchone()
    if row == (newest,):
        return Schema.SAME
    return Schema.BEHIND if row is None or row[0] in known else Schema.AHEAD


def wait_for_schema(limit_sec: float = 900, pause_sec: float = 2) -> None:
    """
    Wait until the schema is as new as the image, or newer, as after a rollback.

    The process counts as healthy while it waits for a database that does not answer, but not while it waits for the
    migration, which also creates a worker's role. If it did, ECS would stop the old process, and after a failed
    migration no process would run.

    Raises:
        SystemExit: the schema is still older, or the database does not answer, after *limit_sec*.

    """
    end = time.monotonic() + limit_sec
    logged = ""
    while True:
        now = state()
        if now not in {Schema.BEHIND.value, REFUSED}:
            beat()
        if now in {Schema.SAME.value, Schema.AHEAD.value}:
            if now == Schema.AHEAD.value:
                log.warning("The database is from a newer Airflow than this image; the process starts anyway")
            return
        if now != logged:
            log.info("Waiting for the database: %s", now)
            logged = now
        if time.monotonic() > end:
            sys.exit(f"The database is not ready after {limit_sec:.0f} s: {now}")
        time.sleep(pause_sec)


def state() -> str:
    """Return how the schema compares with the image's, or why the database cannot be asked."""
    try:
        connection = psycopg2.connect(**parameters(os.environ))
    except psycopg2.OperationalError as error:
        problem = str(error).strip()
        return REFUSED if re.search(REFUSALS, problem) else problem
    try:
        return schema(connection).value
    except psycopg2.errors.InsufficientPrivilege:
        return Schema.BEHIND.value
    finally:
        connection.close()
