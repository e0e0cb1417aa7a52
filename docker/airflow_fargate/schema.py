"""Whether the metadata database has the tables that this image's Airflow expects."""

import json
import logging
import os
import time
from enum import Enum
from pathlib import Path

import psycopg2

from airflow_fargate.database import parameters
from airflow_fargate.heartbeat import beat

log = logging.getLogger(__name__)

FILE = Path(os.environ.get("AIRFLOW_FARGATE_REVISIONS_FILE") or Path(__file__).with_name("revisions.json"))
"""Made while the image is built, for Airflow takes seconds to tell its revisions."""


class Schema(Enum):
    """How the database stands to the image."""

    BEHIND = "behind"
    SAME = "same"
    AHEAD = "ahead"


def revisions() -> list[str]:
    """Return the alembic revisions of the installed Airflow, the newest first."""
    if FILE.exists():
        found: list[str] = json.loads(FILE.read_text(encoding="utf-8"))
        return found
    import airflow  # noqa: PLC0415 seconds, in an image that has been built only for the build
    from alembic.script import ScriptDirectory  # noqa: PLC0415 as above

    scripts = ScriptDirectory(str(Path(airflow.__file__).with_name("migrations")))
    return [script.revision for script in scripts.walk_revisions()]


def schema(connection: "psycopg2.extensions.connection") -> Schema:
    """Return how the database of *connection* stands to the image; without tables it is behind."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('alembic_version') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return Schema.BEHIND
        cursor.execute("SELECT version_num FROM alembic_version")
        row = cursor.fetchone()
    known = revisions()
    if row is None or row[0] in known[1:]:
        return Schema.BEHIND
    return Schema.SAME if row[0] == known[0] else Schema.AHEAD


def wait_for_schema(limit_sec: float = 900, pause_sec: float = 2) -> None:
    """
    Return when the database is as new as the image, or newer, which is what a rollback meets.

    The process counts as healthy while it waits: a migration may take longer than ECS allows a container to start.

    Raises:
        TimeoutError: it is still behind, or out of reach, after *limit_sec*.

    """
    end = time.monotonic() + limit_sec
    said = ""
    while True:
        beat()
        now = _state()
        if now in {Schema.SAME.value, Schema.AHEAD.value}:
            if now == Schema.AHEAD.value:
                log.warning("The database is of a newer Airflow than this image; starting all the same")
            return
        if now != said:
            log.info("Waiting for the database: %s", now)
            said = now
        if time.monotonic() > end:
            msg = f"The database is not ready after {limit_sec:.0f} s: {now}"
            raise TimeoutError(msg)
        time.sleep(pause_sec)


def _state() -> str:
    try:
        connection = psycopg2.connect(**parameters(os.environ))
    except psycopg2.OperationalError as error:
        return str(error).strip()
    try:
        return schema(connection).value
    finally:
        connection.close()


if __name__ == "__main__":
    FILE.write_text(json.dumps(revisions()), encoding="utf-8")
