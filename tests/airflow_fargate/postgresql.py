"""Queries of the tests' PostgreSQL, and the variables of a container that uses it."""

from typing import Any

from airflow_on_fargate.local.database import Database

WORKER = "airflow-test-worker-a"


def query(database: Database, text: str, *values: object) -> list[tuple[Any, ...]]:
    """Return the rows of a query, or none of a command."""
    connection = database.connect()
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(text, values)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def empty(database: Database) -> None:
    """Drop every table."""
    query(database, "DROP SCHEMA public CASCADE; CREATE SCHEMA public")


def variables(database: Database) -> dict[str, str]:
    """Return the variables by which a container finds *database*."""
    return {
        "DB_HOST": database.host,
        "DB_PORT": str(database.port),
        "DB_NAME": database.name,
        "DB_USER": database.user,
        "DB_PASSWORD": database.password,
        "DB_SSLMODE": database.ssl_mode,
    }


def migration_variables(database: Database) -> dict[str, str]:
    """Return the variables with which the migration finds *database* and the workers' role."""
    return variables(database) | {"DB_WORKER_USER": WORKER, "DB_WORKER_PASSWORD": "worker's 1"}
