"""Names: on AWS, as ids of constructs, and of Terraform resources in the state."""

import re
from collections.abc import Sequence

PARTS = frozenset({"Bucket", "Resource", "SecurityGroup", "Service", "TaskDefinition"})
"""Ids of constructs that define their parent's resource of this kind. They add no meaning to a name."""


def aws_name(name: str) -> str:
    """Return *name* with `-` instead of `_`."""
    return name.replace("_", "-")


def pascal_case(name: str) -> str:
    """Return *name*, words joined by `-` or `_`, as the id of a construct: `high-memory` is `HighMemory`."""
    return "".join(word.capitalize() for word in re.split("[_-]", name))


def state_address(path: Sequence[str], resource_type: str) -> str:
    """
    Return the Terraform name of the resource at *path*, the construct ids below its stack.

    The name is the path in snake_case without the ids in `PARTS`, a leading `Airflow`, and the words at the end that
    *resource_type* ends with too. If nothing else remains, they are kept:

    >>> state_address(["Airflow", "Scheduler", "TaskDefinition"], "aws_ecs_task_definition")
    'scheduler'
    >>> state_address(["Cluster"], "aws_ecs_cluster")
    'cluster'

    Two paths can get the same name; `AddressedStack` refuses that.
    """
    ids = [each for each in path if each not in PARTS] or list(path)
    if ids[0] == "Airflow" and len(ids) > 1:
        ids = ids[1:]
    words = _without_ending([word for each in ids for word in _words(each)], resource_type.split("_"))
    name = "_".join(words)
    # Terraform (Configuration Syntax, Identifiers): letters, digits, "_" and "-", the first one not a digit.
    return f"_{name}" if not name[:1].isalpha() else name


def _words(construct_id: str) -> list[str]:
    """Return the words of a PascalCase, snake_case or kebab-case id in lower case; digits stay with their word."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", construct_id)
    return re.findall(r"[a-z0-9]+", parted.lower())


def _without_ending(words: list[str], ending: list[str]) -> list[str]:
    """Return *words* without their longest end that *ending* has too, or all of them if nothing would remain."""
    same = next((size for size in range(len(ending), 0, -1) if words[-size:] == ending[-size:]), 0)
    return words[: len(words) - same] or words
