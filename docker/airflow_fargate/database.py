"""How Airflow reaches its metadata database."""

import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

SSL_MODE = os.environ.get("DB_SSLMODE", "require")

CONNECT_ARGS: dict[str, Any] = {
    "sslmode": SSL_MODE,
    "connect_timeout": 10,
    # After 30 idle seconds, 6 probes, one in 10 s: a database that has failed over is noticed in a minute and a half.
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 6,
}
"""libpq's parameters."""

CONNECT_ARGS_ASYNC: dict[str, Any] = {
    # asyncpg's names for the same; it has no keepalives, so the server sends them.
    "ssl": SSL_MODE,
    "timeout": 10,
    "server_settings": {"tcp_keepalives_idle": "30", "tcp_keepalives_interval": "10", "tcp_keepalives_count": "6"},
}


def database_url(environment: Mapping[str, str]) -> str:
    """
    Return SQLAlchemy's URL of the database that `DB_HOST`, `DB_PORT`, `DB_NAME`, `DB_USER`, `DB_PASSWORD` name.

    Raises:
        KeyError: one of them is missing.

    """
    user, password, name = (quote(environment[key], safe="") for key in ("DB_USER", "DB_PASSWORD", "DB_NAME"))
    return f"postgresql+psycopg2://{user}:{password}@{environment['DB_HOST']}:{environment['DB_PORT']}/{name}"


def parameters(environment: Mapping[str, str]) -> dict[str, Any]:
    """Return the arguments with which `psycopg2.connect` reaches the same database."""
    return {
        **CONNECT_ARGS,
        "host": environment["DB_HOST"],
        "port": environment["DB_PORT"],
        "dbname": environment["DB_NAME"],
        "user": environment["DB_USER"],
        "password": environment["DB_PASSWORD"],
    }
