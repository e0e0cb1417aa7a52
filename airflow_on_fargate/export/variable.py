"""The variables of a module: type, description and limits of a setting."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin

from pydantic import AfterValidator

from airflow_on_fargate.export.hcl import literal
from constructs_lib.settings.values import LOG_RETENTION_DAYS, Cidr, Like, RetentionDays, VpcCidr

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel

REQUIRED = object()
LOOK_AROUND = re.compile(r"\(\?[=!][^()]*\)")
"""What Terraform's regular expressions do not have (RE2, "Syntax"). Without it they refuse less."""
LONG_PATTERN = 300
"""Such as those of ARNs, which have all regions."""


@dataclass(frozen=True)
class Condition:
    """The *expression* of a validation, and in words what is *allowed*."""

    expression: str
    allowed: str


@dataclass(frozen=True)
class Variable:
    """A variable of a module. *default* is a value as Python has it, or `REQUIRED`: then there is an *example*."""

    name: str
    type: str
    description: str
    default: Any = REQUIRED
    conditions: Sequence[Condition] = field(default=())
    example: Any = None

    @property
    def fields(self) -> list[str]:
        """The names in an object."""
        return re.findall(r"([\w-]+) = ", self.type)

    def block(self) -> dict[str, Any]:
        """Return it in Terraform's JSON syntax."""
        validations = [
            {"condition": f"${{{each.expression}}}", "error_message": f"{self.name} must be {literal(each.allowed)}."}
            for each in self.conditions
        ]
        return {
            "type": self.type,
            "description": literal(self.description),
            **({} if self.default is REQUIRED else {"default": escaped(self.default)}),
            "nullable": False,
            **({"validation": validations} if validations else {}),
        }


def meaning(model: type[BaseModel], name: str) -> str:
    """Return the meaning of a setting, as in docs/settings.md, without that of None, which no variable can be."""
    text = " ".join((model.model_fields[name].description or "").split())
    return re.sub(r"; `None`: [^.;]*|(?<=\.) `None`: [^.]*\.", "", text)


def type_of(value: object) -> str:
    """Return Terraform's type of a setting with *value*."""
    match value:
        case int():
            return "number"
        case str():
            return "string"
    return "list(string)"


def conditions(
    annotation: object, metadata: Sequence[object], *, expression: str, value: object
) -> Iterator[Condition]:
    """Yield the limits of a setting of the type *annotation*, with *value*, for the *expression* that has it."""
    origin, inner = get_origin(annotation), [each for each in get_args(annotation) if each is not NoneType]
    if origin in (Union, UnionType):
        yield from conditions(inner[0], (), expression=expression, value=value)
    elif origin is Annotated:
        yield from conditions(inner[0], inner[1:], expression=expression, value=value)
    elif origin is tuple and isinstance(value, tuple):
        for each in conditions(inner[0], (), expression="each", value=next(iter(value), "")):
            yield Condition(
                f"alltrue([for each in {expression} : {each.expression}])", f"a list; each item: {each.allowed}"
            )
    yield from _limits(metadata, expression, value)


def _limits(metadata: Sequence[object], expression: str, value: object) -> Iterator[Condition]:
    bounds: dict[str, int] = {}
    for each in metadata:
        rule = each.func if isinstance(each, AfterValidator) else None
        if isinstance(rule, Like):
            yield _text(rule, expression, str(value))
        elif rule in _BY_RULE:
            yield _BY_RULE[rule](expression)
        for source in (each, *getattr(each, "metadata", ())):
            bounds |= {key: getattr(source, key) for key in ("ge", "le") if hasattr(source, key)}
    match bounds:
        case {"ge": low, "le": high}:
            yield Condition(
                f"{expression} >= {low} && {expression} <= {high} && floor({expression}) == {expression}",
                f"a whole number from {low} to {high}",
            )
        case {"ge": low}:
            yield Condition(
                f"{expression} >= {low} && floor({expression}) == {expression}", f"a whole number, minimum {low}"
            )


def _text(rule: Like, expression: str, value: str) -> Condition:
    if len(rule.pattern) > LONG_PATTERN and value.startswith("arn:"):
        prefix = ":".join(value.split(":")[:3])
        return Condition(f'startswith({expression}, "{prefix}:")', rule.allowed)
    pattern = LOOK_AROUND.sub("", rule.pattern)
    return Condition(f"can(regex({quoted(f'^(?:{pattern})$')}, {expression}))", rule.allowed)


def _retention(expression: str) -> Condition:
    days = ", ".join(map(str, LOG_RETENTION_DAYS))
    return Condition(f"contains([{days}], {expression})", f"a retention of CloudWatch Logs: {days}")


def _cidr(expression: str) -> Condition:
    return Condition(
        f"try(cidrsubnet({expression}, 0, 0) == {expression} && can(cidrnetmask({expression})), false)",
        "an IPv4 network such as 10.0.0.0/16",
    )


def _vpc_cidr(expression: str) -> Condition:
    size = f'tonumber(split("/", {expression})[1])'
    return Condition(
        f"try({_cidr(expression).expression} && {size} >= 16 && {size} <= 23, false)",
        "a network from /16 to /23, such as 10.0.0.0/16",
    )


_BY_RULE = {
    get_args(kind)[1].func: condition
    for kind, condition in ((RetentionDays, _retention), (Cidr, _cidr), (VpcCidr, _vpc_cidr))
}


def quoted(text: str) -> str:
    """Return *text* as a string of an expression."""
    return literal(json.dumps(text, ensure_ascii=False))


def escaped(value: Any) -> Any:  # noqa: ANN401 any value of a setting
    """Return *value* in Terraform's JSON syntax, in which its text stays text."""
    match value:
        case str():
            return literal(value)
        case Mapping():
            return {literal(key): escaped(each) for key, each in value.items()}
        case list() | tuple():
            return [escaped(each) for each in value]
    return value
