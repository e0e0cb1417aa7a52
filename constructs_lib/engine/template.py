"""
Terraform's templates: read `${...}` in a string of the synthesized JSON, and write text that is not a template.

The forms are those of Terraform's language documentation ("Strings and Templates", "References to Named Values",
"Conditional Expressions").

Terraform reads every string of its JSON as a template. Free text of a user (a command, an environment variable, the
resource of a permission) goes to AWS inside a JSON document, such as `container_definitions` or a policy.
`json_document` writes it so that Terraform finds no template in it. All other text of users is a name or an ARN; their
patterns exclude templates.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from unicodedata import is_normalized

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_WORD = re.compile(r"[^\W\d][\w-]*")
"""An identifier."""
_BLOCKS = ("data", "ephemeral")
_NO_RESOURCE = frozenset({"count", "each", "local", "module", "path", "self", "terraform", "var"})
"""First words of names that are not types of resources."""
_BEGINS_TEMPLATE = re.compile(r"\$(?=\$*\{)(?!\{TfToken\[)|%(?=%*\{)")
"""
The first characters of `${` and `%{`, and of their escapes (Terraform, "Strings and Templates", "Escape Sequences").

Tokens of CDKTF are kept, because they become references. `UserModel` refuses them in a user's text.
"""

_ESCAPED = {ord(each): f"\\u{ord(each):04x}" for each in "<>&\u2028\u2029"}
"""Characters that `jsonencode` escapes (Terraform, "jsonencode Function")."""


@dataclass(frozen=True)
class Reference:
    """
    The name of a resource in an expression.

    *block* is `data` or `ephemeral`, and empty for a managed resource; *attribute* is empty where none is named.
    """

    block: str
    type: str
    name: str
    attribute: str = ""

    @property
    def address(self) -> str:
        """The resource's address in the state."""
        return ".".join(each for each in (self.block, self.type, self.name) if each)


@dataclass(frozen=True)
class Quoted:
    """A string inside an expression: its source without the quotes, and the expressions in it."""

    source: str
    expressions: tuple[Expression, ...]


@dataclass(frozen=True)
class Expression:
    """
    The text between `${` and `}`.

    *tokens* are its words, its strings, and every other character by itself.
    """

    source: str
    tokens: tuple[str | Quoted, ...]

    @property
    def references(self) -> list[Reference]:
        """The resources in the expression, in order."""
        found: list[Reference] = []
        names: list[str] = []
        for index, part in enumerate((*self.tokens, "")):
            if isinstance(part, str) and _WORD.match(part) and (names or not self._follows_dot(index)):
                names.append(part)
            elif part != ".":
                found += _reference(names)
                names = []
            if isinstance(part, Quoted):
                found += [each for inner in part.expressions for each in inner.references]
        return found

    @property
    def reference(self) -> Reference | None:
        """The reference, if the expression is only a reference to an attribute of a resource; else None."""
        found = self.references
        return found[0] if found and f"{found[0].address}.{found[0].attribute}" == self.source else None

    @property
    def value_if_true(self) -> str | None:
        """The source of the value of a conditional whose condition is true; None: it is not a conditional."""
        if "?" not in self.tokens:
            return None
        begin = self.tokens.index("?")
        value = self.tokens[begin + 1 : self.tokens.index(":", begin)]
        return "".join(f'"{each.source}"' if isinstance(each, Quoted) else each for each in value).strip()

    def _follows_dot(self, index: int) -> bool:
        """Return whether the token at *index* is an attribute of the result of a function or an index."""
        return index > 0 and self.tokens[index - 1] == "."


def parse(text: str) -> list[str | Expression]:
    """
    Return the parts of a template: text, without Terraform's escapes, and expressions.

    Directives, `%{ if ... }`, which the stack does not use, stay text. So does `${` without an end: Terraform would
    refuse it, so it can only be text of a user in a decoded document.
    """
    parts: list[str | Expression] = []
    literal, begin = "", 0
    while (at := text.find("${", begin)) >= 0:
        if text.startswith("$", at - 1) and at > begin:
            literal, begin = literal + text[begin : at - 1] + "${", at + 2
        elif scanned := _scan(text, at + 2):
            tokens, end = scanned
            parts += [_unescaped(literal + text[begin:at]), Expression(text[at + 2 : end], tokens)]
            literal, begin = "", end + 1
        else:
            literal, begin = literal + text[begin : at + 2], at + 2
    parts.append(_unescaped(literal + text[begin:]))
    return [part for part in parts if part]


def expressions(value: object) -> Iterator[Expression]:
    """Yield the expressions in *value*, at any depth."""
    match value:
        case str():
            yield from (part for part in parse(value) if isinstance(part, Expression))
        case list():
            for each in value:
                yield from expressions(each)
        case dict():
            for each in value.values():
                yield from expressions(each)


def references(value: object, type_: str = "") -> list[Reference]:
    """Return the references in *value*, at any depth: to managed resources of a type, or to all resources."""
    found = [each for expression in expressions(value) for each in expression.references]
    return [each for each in found if not type_ or (each.block, each.type) == ("", type_)]


def resource_names(value: object, type_: str) -> list[str]:
    """Return the names of the managed resources of a type to which *value* refers, in order."""
    return [each.name for each in references(value, type_)]


def filled_in(value: Any, fill: Callable[[Expression], str]) -> Any:  # noqa: ANN401 as JSON is
    """Return *value* with each expression, at any depth, replaced by the result of *fill*."""
    match value:
        case str():
            return "".join(part if isinstance(part, str) else fill(part) for part in parse(value))
        case list():
            return [filled_in(each, fill) for each in value]
        case dict():
            return {key: filled_in(each, fill) for key, each in value.items()}
    return value


def address_reference(address: str) -> Reference:
    """
    Return the reference of a plain *address*, as in `depends_on`.

    Raises:
        ValueError: it is not an address.

    """
    found = references(f"${{{address}}}")
    if len(found) != 1:
        msg = f"expected the address of a resource, got {address!r}"
        raise ValueError(msg)
    return found[0]


def _reference(names: Sequence[str]) -> list[Reference]:
    """Return the reference of *names*, which dots join in the expression, if they are one."""
    block, rest = (names[0], names[1:]) if names and names[0] in _BLOCKS else ("", names)
    if len(rest) < 2 or rest[0] in _NO_RESOURCE:  # noqa: PLR2004 a type and a name
        return []
    return [Reference(block, rest[0], rest[1], ".".join(rest[2:]))]


def _scan(text: str, at: int) -> tuple[tuple[str | Quoted, ...], int] | None:
    """Return the tokens of the expression that starts at *at*, and the place of its closing brace, or None."""
    tokens: list[str | Quoted] = []
    depth = 0
    while at < len(text):
        if text[at] == '"':
            if not (quoted := _quoted(text, at + 1)):
                return None
            token, at = quoted
            tokens.append(token)
            continue
        if text[at] == "}" and not depth:
            return tuple(tokens), at
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        word = _WORD.match(text, at)
        tokens.append(word[0] if word else text[at])
        at += len(word[0]) if word else 1
    return None


def _quoted(text: str, begin: int) -> tuple[Quoted, int] | None:
    """Return the string that starts at *begin*, after its quote, and the place after its closing quote."""
    found: list[Expression] = []
    at = begin
    while at < len(text) and text[at] != '"':
        if text[at] == "\\":
            at += 2
        elif text.startswith("$${", at):
            at += 3
        elif text.startswith("${", at):
            if not (scanned := _scan(text, at + 2)):
                return None
            found.append(Expression(text[at + 2 : scanned[1]], scanned[0]))
            at = scanned[1] + 1
        else:
            at += 1
    return (Quoted(text[begin:at], tuple(found)), at + 1) if at < len(text) else None


def _unescaped(text: str) -> str:
    return text.replace("%%{", "%{")


def json_text(document: object, *, ensure_ascii: bool = False) -> str:
    """Return *document* as Terraform's `jsonencode` writes it: keys in order, no spaces, and `<`, `>`, `&` escaped."""
    text = json.dumps(document, ensure_ascii=ensure_ascii, separators=(",", ":"), sort_keys=True)
    # These characters can only be in a key or a string.
    return text.translate(_ESCAPED)


def json_document(document: object) -> str:
    r"""
    Return *document*, which can contain text of users and tokens of CDKTF, as JSON for an argument of Terraform.

    `$` and `%` that would start a template are written as `\u0024` and `\u0025`, which only the reader of the document
    decodes. Terraform's own escape, `$${`, does not work: CDKTF reads its `${` as the start of an expression and drops
    the braces of the next token.
    """
    text = json_text(document)
    # Terraform composes characters (NFC): a letter and its accent would arrive as one. Escapes arrive as they are.
    text = text if is_normalized("NFC", text) else json_text(document, ensure_ascii=True)
    return _BEGINS_TEMPLATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
