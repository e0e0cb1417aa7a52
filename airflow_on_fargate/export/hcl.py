"""
Terraform's native syntax, laid out as `terraform fmt` does it.

The values are those of Terraform's JSON syntax, where every string is a template. A string that is one expression is
written as that expression, and a JSON document as a call of `jsonencode` that returns the same text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from constructs_lib.engine.template import Expression, json_text, parse

WIDTH = 100
"""A list is on one line up to this number of characters."""
INDENT = "  "
_NAME = re.compile(r"[A-Za-z_][\w-]*")
_ESCAPES = str.maketrans({'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"})


@dataclass(frozen=True)
class Block:
    """A block: its type, its labels and its body."""

    type: str
    labels: Sequence[str]
    body: Body

    def text(self) -> str:
        """Return the lines of the block."""
        head = " ".join([self.type, *(_quoted(each) for each in self.labels)])
        body = self.body.text()
        return f"{head} {{\n{_indented(body)}\n}}" if body else f"{head} {{}}"


@dataclass(frozen=True)
class Body:
    """The content of a block: arguments, blocks, and arguments *after* them, each the text of an expression by name."""

    arguments: Mapping[str, str]
    blocks: Sequence[Block] = ()
    after: Mapping[str, str] = field(default_factory=dict)

    def text(self) -> str:
        """Return the lines between the braces."""
        parts = [_aligned(self.arguments), *(each.text() for each in self.blocks), _aligned(self.after)]
        return "\n\n".join(each for each in parts if each)


@dataclass(frozen=True)
class Call:
    """A call of the function *name* with *arguments*, values of Terraform's JSON syntax."""

    name: str
    arguments: Sequence[object]

    def text(self) -> str:
        """Return the expression."""
        return f"{self.name}({', '.join(expression(each) for each in self.arguments)})"


def expression(value: object) -> str:
    """Return the text of the expression for a *value* of Terraform's JSON syntax."""
    match value:
        case None | bool() | int() | float():
            return json.dumps(value)
        case str():
            return _text(value)
        case Call():
            return value.text()
        case Mapping():
            return _object(value)
        case _ if isinstance(value, Iterable):
            return _list([expression(each) for each in value])
    msg = f"Terraform has no value such as {value!r}"
    raise TypeError(msg)


def reference(value: str) -> str:
    """Return the plain text of a reference, which some arguments take as a string in the JSON syntax."""
    return value.removeprefix("${").removesuffix("}")


def references(values: Iterable[str]) -> str:
    """Return a list of references, such as that of `depends_on`."""
    return _list([reference(each) for each in values])


def _text(value: str) -> str:
    match parse(value):
        case [Expression(source=source)] if "\n" not in source:
            return source
    document = json_of(value)
    return _quoted(value) if document is None else f"jsonencode({expression(document)})"


def json_of(value: str) -> Any:  # noqa: ANN401 any JSON
    """Return the JSON document that *value* is, if `jsonencode` writes it in the same way; else None."""
    if value[:1] not in ("{", "["):
        return None
    try:
        document = json.loads(value)
    except ValueError:
        return None
    return document if json_text(document) == value else None


def _quoted(value: str) -> str:
    """Return a string; its expressions are written as they are."""
    parts = parse(value)
    return (
        '"'
        + "".join(
            literal(each.translate(_ESCAPES)) if isinstance(each, str) else f"${{{each.source}}}" for each in parts
        )
        + '"'
    )


def literal(text: str) -> str:
    """Return the template that means *text* itself."""
    return text.replace("${", "$${").replace("%{", "%%{")


def _object(value: Mapping[str, object]) -> str:
    entries = {_key(key): expression(each) for key, each in value.items()}
    return f"{{\n{_indented(_aligned(entries))}\n}}" if entries else "{}"


def _key(key: str) -> str:
    return key if _NAME.fullmatch(key) else _quoted(key)


def _list(entries: Sequence[str]) -> str:
    line = f"[{', '.join(entries)}]"
    is_one_entry = not entries[1:]
    if is_one_entry or (len(line) <= WIDTH and "\n" not in line):
        return line
    return "[\n" + "".join(f"{_indented(each)},\n" for each in entries) + "]"


def _aligned(arguments: Mapping[str, str]) -> str:
    """Return a line for each argument. The equal signs of neighbours that take one line each are aligned."""
    lines: list[str] = []
    neighbours: list[str] = []

    def write_neighbours() -> None:
        width = max(map(len, neighbours), default=0)
        lines.extend(f"{name:{width}} = {arguments[name]}" for name in neighbours)
        neighbours.clear()

    for name, text in arguments.items():
        if "\n" not in text:
            neighbours.append(name)
            continue
        write_neighbours()
        lines.append(f"{name} = {text}")
    write_neighbours()
    return "\n".join(lines)


def _indented(text: str) -> str:
    return "\n".join(f"{INDENT}{line}" if line else line for line in text.split("\n"))
