"""The base of all models of settings, and text that CDKTF would replace."""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Iterable, Iterator, Mapping

from pydantic import BaseModel, ConfigDict, model_validator

from constructs_lib.shared.bad_input import shown, shown_key

DEPTH = 10
"""The maximum depth of nested tables and arrays; settings need five."""
INTEGER_BITS = 64
"""As in TOML, and more than any setting needs."""
_TOKEN = re.compile(r"[$#&]\{TfToken\[|\A(?:String|Any) Map Token Value\Z")
# From the start of its digits only: tried at every digit, a long number would take the square of its length.
_NUMBER = re.compile(r"(?<![-|\d.+])[-|\d.+]++e[-|\d.eE+]+", re.ASCII)
_NUMBER_BEGINS = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_NUMBER_MARKERS = {b"\xfd\xff", b"\xfb\xff"}
"""The first 16 bits of the numbers that are tokens."""


class UserModel(BaseModel):
    """
    A table of settings that a user writes. Unknown keys and values of another type are refused.

    Values that no setting accepts are refused before the fields are validated, so validators need not handle them.
    """

    # Validate instances again, because model_copy() and model_construct() do not.
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        revalidate_instances="always",
        # docs/settings.py writes them into the list of settings.
        use_attribute_docstrings=True,
    )

    @model_validator(mode="before")
    @classmethod
    def _refuse_odd_values(cls, values: object) -> object:
        for sentence in _odd("", values, DEPTH):
            raise ValueError(sentence)
        return values


def _odd(key: str, value: object, depth: int) -> Iterator[str]:
    """Yield a sentence for each value at *key*, or below it, that no setting accepts."""
    match value:
        case Mapping() | list() | tuple() | set() | frozenset() if not depth:
            yield f"{key} must not be nested more than {DEPTH} deep"
        case Mapping() | list() | tuple() | set() | frozenset():
            yield from _odd_parts(key, value, depth)
        case str():
            yield from _odd_text(key, value)
        case int() if value.bit_length() >= INTEGER_BITS:
            yield f"{key} must be an integer of fewer than {INTEGER_BITS} bits, got {shown(value)}"
        case float() if not math.isfinite(value):
            yield f"{key} must be a finite number, got {value}"
        case float() if engine_token(str(value)):
            yield f"{key} must not be {value}, which CDKTF would replace"


def _odd_text(key: str, text: str) -> Iterator[str]:
    if "\0" in text:
        yield f"{key} must not contain a NUL character, got {shown(text)}"
    elif not _is_unicode(text):
        yield f"{key} must be Unicode text, got {shown(text)}"
    elif token := engine_token(text):
        yield f"{key} must not contain {shown(token)}, which CDKTF would replace; reword it"


def _odd_parts(key: str, value: Mapping[object, object] | Iterable[object], depth: int) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name in value:
            yield from _odd(key, name, depth - 1)
    for name, each in value.items() if isinstance(value, Mapping) else enumerate(value):
        part = shown_key(name)
        yield from _odd(f"{key}.{part}" if key else part, each, depth - 1)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def engine_token(text: str) -> str | None:
    """
    Return the part of *text* that CDKTF would replace or refuse with a traceback, or None if there is no such part.

    CDKTF looks for its tokens in every string, even in names and numbers (cdktf 0.21.0: `tokens/private/encoding.ts`
    and `resolve.ts`). No user needs such text, and AWS would get another text.
    """
    found = _TOKEN.search(text) or next(filter(_stands_for_token, _NUMBER.finditer(text)), None)
    return found[0] if found else None


def _stands_for_token(found: re.Match[str]) -> bool:
    number = _NUMBER_BEGINS.match(found[0])
    return number is not None and struct.pack(">d", float(number[0]))[:2] in _NUMBER_MARKERS
