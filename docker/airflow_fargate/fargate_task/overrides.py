"""The `overrides` of ECS's `RunTask`: the changes of a task definition for one start."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from constructs_lib.shared.bad_input import shown, shown_key
from constructs_lib.shared.ecs import OVERRIDES_LENGTH, OWN_TAGS, TAGS, is_tag, overrides_length

RUN_ID = "{{ dag.dag_id }}__{{ run_id }}"
TEMPLATE = re.compile(r"\{[{%#]")
"""The start of an expression of Jinja, which Airflow replaces in each run."""


def container_overrides(
    task: str, command: Sequence[str] | None, environment: Mapping[str, Any] | None
) -> dict[str, Any]:
    """
    Return the overrides that run *command* in the container of *task*, with *environment* on top of `RUN_ID`.

    Raises:
        ValueError: *command* is no list of words, or *environment* is no mapping.

    """
    if environment is not None and not isinstance(environment, Mapping):
        msg = (
            f"{task}: environment must be a mapping of names to values, each of which may be an XCom,"
            f" got {_kind(environment)}"
        )
        raise ValueError(msg)
    variables = {"RUN_ID": RUN_ID, **(environment or {})}
    container: dict[str, Any] = {
        "name": task,
        "environment": [{"name": name, "value": value} for name, value in variables.items()],
    }
    if command:
        container["command"] = command
    return as_text(task, {"containerOverrides": [container]}, rendered=False)


def check_request(task: str, tags: object, overrides: object, instead_of_overrides: tuple[object, ...]) -> None:
    """
    Check the arguments that change the task definition when the DAG is read; an XCom has no value yet.

    Raises:
        ValueError: ECS would refuse a value, or *overrides* and other arguments exclude each other.

    """
    if isinstance(tags, Mapping):
        check_tags(task, tags, rendered=False)
    if isinstance(overrides, Mapping):
        as_text(task, overrides, rendered=False)
    if overrides is not None and any(instead_of_overrides):
        msg = f"{task}: overrides and command, environment, cpu or memory_mib exclude each other, got both"
        raise ValueError(msg)


def units(task: str, name: str, value: object) -> int:
    """
    Return the size that *value* is.

    Raises:
        ValueError: it is no integer; the sentence has the argument's *name*.

    """
    try:
        return int(value)  # type: ignore[call-overload, no-any-return] # any value of a DAG
    except (TypeError, ValueError):
        msg = f"{task}: {name} must be an integer, got {shown(value)}"
        raise ValueError(msg) from None


def with_size(overrides: Mapping[str, Any], cpu: int, memory_mib: int) -> dict[str, Any]:
    """Return *overrides* with a size for the task, as text, and for its container, as numbers, as ECS requires."""
    containers = [{**each, "cpu": cpu, "memory": memory_mib} for each in overrides["containerOverrides"]]
    return {**overrides, "cpu": str(cpu), "memory": str(memory_mib), "containerOverrides": containers}


def as_text(task: str, overrides: Mapping[str, Any], *, rendered: bool) -> dict[str, Any]:
    """
    Return *overrides* with the numbers of commands and environments as text, which is all that ECS takes.

    Until they are *rendered*, values may be templates or XComs, which are left for then.

    Raises:
        ValueError: naming the argument that is none of these, such as None or a list; or *overrides* are too long.

    """
    if not isinstance(overrides, Mapping):
        msg = f"{task}: overrides must be a mapping, got {_kind(overrides)}"
        raise ValueError(msg)  # noqa: TRY004 - like every other refusal in a DAG
    changed = dict(overrides)
    if isinstance(containers := overrides.get("containerOverrides"), list | tuple):
        changed["containerOverrides"] = [_container(task, each, rendered=rendered) for each in containers]
    _check_length(task, changed if rendered else _known(changed))
    return changed


def check_tags(task: str, tags: object, *, rendered: bool) -> None:
    """
    Refuse tags that ECS does not take; until they are *rendered*, a value may be a template or an XCom.

    Raises:
        ValueError: naming the tag, or how many there are.

    """
    if not isinstance(tags, Mapping):
        msg = f"{task}: tags must be a mapping of keys to values, got {_kind(tags)}"
        raise ValueError(msg)  # noqa: TRY004 - like every other refusal in a DAG
    if len(tags) > TAGS - len(OWN_TAGS):
        msg = (
            f"{task}: tags must be at most {TAGS - len(OWN_TAGS)}, got {len(tags)}: ECS's limit is {TAGS}, and the"
            f" operator adds {len(OWN_TAGS)}"
        )
        raise ValueError(msg)
    for key, value in tags.items():
        # Airflow renders values, not keys.
        if not is_tag(key, value if rendered else _known(value)):
            msg = (
                f"{task}: tags must have keys of 1 to 128 characters without the prefix 'aws:' and values up to 256,"
                f" all text of letters, digits, spaces and _.:/=+-@, got {shown(key)} with {shown(value)}"
            )
            raise ValueError(msg)


def _container(task: str, container: Mapping[str, Any], *, rendered: bool) -> dict[str, Any]:
    changed = dict(container)
    command = container.get("command")
    if isinstance(command, str) or (rendered and command is not None and not isinstance(command, Sequence)):
        msg = f"{task}: command must be a list of words such as ['python', 'main.py'], got {shown(command)}"
        raise ValueError(msg)
    if isinstance(command, Sequence):
        changed["command"] = [_text(task, f"command[{i}]", word, rendered=rendered) for i, word in enumerate(command)]
    if "environment" in container:
        changed["environment"] = [_variable(task, each, rendered=rendered) for each in container["environment"]]
    return changed


def _variable(task: str, variable: Mapping[str, Any], *, rendered: bool) -> dict[str, Any]:
    name = variable.get("name")
    if not isinstance(name, str) or not name or "=" in name or "\0" in name:
        msg = f"{task}: environment must name its variables in text without '=', got {shown(name)}"
        raise ValueError(msg)
    where = f"environment.{shown_key(name)}"
    return {**variable, "value": _text(task, where, variable.get("value"), rendered=rendered)}


def _text(task: str, where: str, value: object, *, rendered: bool) -> object:
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return str(value)
    if rendered or value is None or isinstance(value, Mapping | Sequence | set):
        # Its value may be a secret.
        msg = f"{task}: {where} must be text or a number, got {_kind(value)}"
        raise ValueError(msg)
    return value


def _kind(value: object) -> str:
    return "None" if value is None else f"a value of the type {type(value).__name__}"


def _check_length(task: str, overrides: Mapping[str, Any]) -> None:
    length = overrides_length(overrides)
    if length > OVERRIDES_LENGTH:
        where, longest = max(_leaves("", overrides), key=lambda each: each[1])
        msg = (
            f"{task}: command and environment have {length} characters as overrides of ECS, which allows"
            f" {OVERRIDES_LENGTH}; the longest is {where} with {longest}: pass it in a file on the shared volume"
            " or in S3"
        )
        raise ValueError(msg)


def _known(value: Any) -> Any:  # noqa: ANN401 any part of the overrides
    """Return *value* without templates and XComs, whose text is known only in a run."""
    match value:
        case Mapping():
            return {name: _known(each) for name, each in value.items()}
        case list() | tuple():
            return [_known(each) for each in value]
        case str() if TEMPLATE.search(value):
            return ""
        case str() | int() | float() | None:
            return value
        case _:
            return ""


def _leaves(where: str, value: Any) -> Iterator[tuple[str, int]]:  # noqa: ANN401 any part of the overrides
    """Yield the place and the length of each text in *value*; a place is written as an argument of the operator."""
    match value:
        case {"name": str() as name, "value": str() as text} if where.endswith("environment"):
            yield f"{where}.{shown_key(name)}", len(text)
        case Mapping():
            for name, each in value.items():
                yield from _leaves(name, each)
        case list():
            for index, each in enumerate(value):
                yield from _leaves(where if isinstance(each, Mapping) else f"{where}[{index}]", each)
        case _:
            yield where, len(str(value))
