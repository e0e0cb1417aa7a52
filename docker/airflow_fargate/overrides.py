"""What a start of a task changes in its task definition: the `overrides` of ECS's `RunTask`."""

from collections.abc import Mapping, Sequence
from typing import Any

RUN_ID = "{{ dag.dag_id }}__{{ run_id }}"


def container_overrides(
    task: str, command: Sequence[str] | None, environment: Mapping[str, Any] | None
) -> dict[str, Any]:
    """
    Return the overrides that run *command* in the container of *task*, with *environment* on top of `RUN_ID`.

    Raises:
        ValueError: *command* is a line of text.

    """
    if isinstance(command, str):
        msg = f"{task}: command must be a list of words such as ['python', 'main.py'], got {command!r}"
        raise ValueError(msg)  # noqa: TRY004 - as all that is refused in a DAG
    variables = {"RUN_ID": RUN_ID, **(environment or {})}
    container: dict[str, Any] = {
        "name": task,
        # ECS takes text alone.
        "environment": [
            {"name": name, "value": str(value) if isinstance(value, int | float) else value}
            for name, value in variables.items()
        ],
    }
    if command:
        container["command"] = command
    return {"containerOverrides": [container]}


def with_size(overrides: Mapping[str, Any], cpu: int, memory_mib: int) -> dict[str, Any]:
    """Return *overrides* with a size for the task, as text, and for its container, as numbers: ECS wants both so."""
    containers = [{**each, "cpu": cpu, "memory": memory_mib} for each in overrides["containerOverrides"]]
    return {**overrides, "cpu": str(cpu), "memory": str(memory_mib), "containerOverrides": containers}
