"""What a container knows of its stage."""

from collections.abc import Mapping

from airflow_fargate import database
from airflow_fargate.stage import task_settings


def settings_of(task: str) -> Mapping[str, object]:
    """Return the settings of *task*, or why it is refused."""
    try:
        return task_settings(task)
    except ValueError as error:
        return {"refused": str(error)}


def ssl_modes(environment: Mapping[str, str]) -> list[str]:
    """Return how each of the three ways of connecting encrypts."""
    found = database.CONNECT_ARGS, database.CONNECT_ARGS_ASYNC, database.parameters(environment)
    return [each.get("sslmode") or each["ssl"] for each in found]


def connect_arguments() -> list[Mapping[str, object]]:
    """Return the arguments of libpq and of asyncpg."""
    return [database.CONNECT_ARGS, database.CONNECT_ARGS_ASYNC]
