"""`FargateTaskOperator`s as a DAG makes them."""

from pathlib import Path
from typing import Any

from tests.airflow_fargate.container import last_json, run_with_airflow


def operators(arguments: dict[str, dict[str, Any]], names: list[str], home: Path, **variables: str) -> dict[str, Any]:
    """Make an operator of each of *arguments*; return its attributes *names*, or why it is refused."""
    script = f"""
        import json
        from airflow_fargate import FargateTaskOperator
        found = {{}}
        for name, arguments in {arguments!r}.items():
            try:
                operator = FargateTaskOperator(**{{"task_id": "a", "task": "multi_task", **arguments}})
                found[name] = {{each: getattr(operator, each) for each in {names!r}}}
            except ValueError as error:
                found[name] = str(error)
        print(json.dumps(found))
    """
    found: dict[str, Any] = last_json(run_with_airflow(script, home, **variables))
    return found
