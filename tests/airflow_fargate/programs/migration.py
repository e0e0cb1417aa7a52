"""The migration's parts on a database, and a worker that uses what it has made."""

import logging
import os
import sys
from unittest.mock import patch

import psycopg2
import psycopg2.extras
from airflow_fargate import schema
from airflow_fargate.database import database_url, parameters
from airflow_fargate.migration import migrate
from airflow_fargate.migration.worker_role import grant, make_role
from celery import Celery  # type: ignore[import-untyped] # Celery has no types


def stored() -> list[str | None]:
    """Return what `Done` has stored, over several connections, before and after it is set."""
    before = _done().get("a")
    _done().set("a", "1")
    _done().set("a", "2")
    _done().set("b", "3")
    return [before, _done().get("a"), _done().get("b")]


def _done() -> migrate.Done:
    connection = psycopg2.connect(**parameters(os.environ))
    connection.autocommit = True
    return migrate.Done(connection)


def migrate_without_pauses() -> None:
    """Migrate, without the pauses of half a minute in all."""
    with patch("time.sleep"):
        migrate.migrate()


def make_and_grant() -> None:
    """Do what the migration does for the workers' role."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(message)s")
    connection = psycopg2.connect(**parameters(os.environ))
    connection.autocommit = True
    make_role(connection)
    grant(connection)


def show_commands() -> None:
    """Do the same, and print each command that goes to the server."""
    connection = psycopg2.connect(**parameters(os.environ), connection_factory=psycopg2.extras.LoggingConnection)
    connection.initialize(sys.stdout)
    connection.autocommit = True
    make_role(connection)
    grant(connection)


def use_celery() -> str:
    """Do all that Celery does with results and groups; return the last status."""
    app = Celery("worker", backend=f"db+{database_url(os.environ)}")
    status = ""
    for _ in range(2):
        app.backend.store_result("one", None, "SUCCESS")
        app.backend.store_result("one", {"exc_type": "ValueError", "exc_message": ["no"]}, "FAILURE")
        status = app.backend.get_task_meta("one")["status"]
        app.backend.save_group("many", None)
        app.backend.restore_group("many")
        app.backend.delete_group("many")
        app.backend.forget("one")
    app.backend.cleanup()
    return status


def schema_state() -> str:
    """Return how the schema stands to the image, as a process that waits for it sees it."""
    return schema.state()
