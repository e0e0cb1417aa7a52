"""Whether policies allow a call, as IAM decides it within an account."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any


@dataclass(frozen=True)
class Request:
    """A call of *action* on *resource*, and what AWS knows of both by condition key."""

    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)


def matches(pattern: str, text: str) -> bool:
    """Return whether a *pattern* of IAM, in which `*` is any text and `?` any character, fits."""
    return _compiled(pattern).fullmatch(text) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile("".join(".*" if each == "*" else "." if each == "?" else re.escape(each) for each in pattern))


OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "ArnEquals": matches,
    "ArnLike": matches,
    "Bool": str.__eq__,
    "NumericLessThanEquals": lambda wanted, found: float(found) <= float(wanted),
    "StringEquals": str.__eq__,
    "StringLike": matches,
}


def holds(operator: str, wanted: str | list[str], found: str | None) -> bool:
    """
    Return whether one condition holds for the value *found* of its key; None: the request has no such key.

    IAM user guide, "IAM JSON policy elements: Condition operators": one of several values is enough, none may fit a
    negated operator, and a negated operator or one with `IfExists` holds without the key.
    """
    values = _listed(wanted)
    if operator == "Null":
        return (found is None) == (values == ["true"])
    name = operator.removesuffix("IfExists")
    if found is None:
        return "Not" in name or name != operator
    fits_one = any(OPERATORS[name.replace("Not", "")](each, found) for each in values)
    return fits_one != ("Not" in name)


def fits(statement: Mapping[str, Any], request: Request) -> bool:
    """Return whether one *statement* is about the call."""
    conditions = (
        holds(operator, wanted, request.context.get(key))
        for operator, keys in statement.get("Condition", {}).items()
        for key, wanted in keys.items()
    )
    return (
        any(matches(each.lower(), request.action.lower()) for each in _listed(statement["Action"]))
        and any(matches(each, request.resource) for each in _listed(statement["Resource"]))
        and all(conditions)
    )


def allows(documents: Iterable[Mapping[str, Any]], request: Request) -> bool:
    """Return whether one of the *documents* allows the call, and none denies it."""
    fitting = [each["Effect"] for document in documents for each in document["Statement"] if fits(each, request)]
    return "Allow" in fitting and "Deny" not in fitting


def _listed(wanted: str | list[str]) -> list[str]:
    return [wanted] if isinstance(wanted, str) else wanted
