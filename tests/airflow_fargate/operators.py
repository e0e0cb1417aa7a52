"""`FargateTaskOperator`s as a DAG makes them."""

from pathlib import Path
from typing import Any

from tests.airflow_fargate.container import called, task_starter


def operators(arguments: dict[str, dict[str, Any]], names: list[str], home: Path, **variables: str) -> dict[str, Any]:
    """Make an operator of each of *arguments*; return its attributes *names*, or why it is refused."""
    found: dict[str, Any] = called("operators.created", arguments, names, **(task_starter(home) | variables))
    return found
