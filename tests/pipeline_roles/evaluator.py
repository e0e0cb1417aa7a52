"""Whether a role's policies allow a call, as IAM decides it for policies that only allow."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Request:
    """A call of *action* on *resource*, and what AWS knows of both by condition key."""

    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)


def matches(pattern: str, text: str) -> bool:
    """Return whether a *pattern* of IAM, in which `*` is any text and `?` any character, fits."""
    parts = (".*" if each == "*" else "." if each == "?" else re.escape(each) for each in pattern)
    return re.fullmatch("".join(parts), text) is not None


OPERATORS: Mapping[str, Callable[[str, str | None], bool]] = {
    "ArnEquals": lambda wanted, found: found is not None and matches(wanted, found),
    "ArnLike": lambda wanted, found: found is not None and matches(wanted, found),
    "Bool": lambda wanted, found: wanted == found,
    "Null": lambda wanted, found: (found is None) == (wanted == "true"),
    "StringEquals": lambda wanted, found: wanted == found,
    "StringEqualsIfExists": lambda wanted, found: found is None or wanted == found,
}


def fits(statement: Mapping[str, Any], request: Request) -> bool:
    """Return whether one *statement* allows the call."""
    conditions = (
        any(OPERATORS[operator](each, request.context.get(key)) for each in _listed(wanted))
        for operator, keys in statement.get("Condition", {}).items()
        for key, wanted in keys.items()
    )
    return (
        any(matches(each.lower(), request.action.lower()) for each in statement["Action"])
        and any(matches(each, request.resource) for each in statement["Resource"])
        and all(conditions)
    )


def allows(documents: Iterable[Mapping[str, Any]], request: Request) -> bool:
    """Return whether one of the *documents* allows the call."""
    return any(fits(statement, request) for document in documents for statement in document["Statement"])


def _listed(wanted: object) -> list[str]:
    return [wanted] if isinstance(wanted, str) else list(wanted)  # type: ignore[call-overload] JSON has no other type
