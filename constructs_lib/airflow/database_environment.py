"""What the containers are told of the metadata database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs_lib.airflow.database_connections import connection_pool

if TYPE_CHECKING:
    from constructs_lib.airflow.environment import AirflowEnvironment


def address_variables(given: AirflowEnvironment) -> dict[str, str]:
    """Return where the database is."""
    # The entrypoint makes the URL of these and of DB_USER and DB_PASSWORD, which may hold characters that a URL must
    # quote. No `sslmode` in it: asyncpg, whose URL Airflow derives from this one, refuses the word.
    return {
        "DB_HOST": given.database_host,
        "DB_NAME": given.database_name,
        "DB_PORT": given.database_port,
        "DB_SSLMODE": given.database_ssl_mode,
    }


def database_variables(given: AirflowEnvironment) -> dict[str, str]:
    """Return that, and how Airflow connects."""
    return address_variables(given) | {
        # The entrypoint has waited for the schema; Airflow would not start on a newer one, which a rollback meets.
        "AIRFLOW__DATABASE__CHECK_MIGRATIONS": "False",
        # TLS, and keepalives that notice within a minute and a half that a database has failed over.
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONNECT_ARGS": "airflow_fargate.database.CONNECT_ARGS",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONNECT_ARGS_ASYNC": "airflow_fargate.database.CONNECT_ARGS_ASYNC",
    }


def pool_variables(process: str) -> dict[str, str]:
    """Return the size of the pools of *process*: a synchronous one and an asynchronous one, which is hardly used."""
    pool = connection_pool(process)
    return {
        "AIRFLOW__DATABASE__SQL_ALCHEMY_MAX_OVERFLOW": str(pool.overflow),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_POOL_SIZE": str(pool.size),
    }
