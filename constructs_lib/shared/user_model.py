"""What all models of settings have in common."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping

from pydantic import BaseModel, ConfigDict, model_validator

from constructs_lib.shared.bad_input import shown, shown_key
from constructs_lib.shared.engine_token import engine_token

DEPTH = 10
"""The maximum number of tables and arrays inside each other; settings have five."""
INTEGER_BITS = 64
"""As in TOML, and more than any setting takes."""


class UserModel(BaseModel):
    """
    A table of settings that a user writes: no unknown keys, no value of another type than that of the field.

    Values that no setting takes are refused before the fields are validated, so that these need not expect them.
    """

    # Instances again, because model_copy() and model_construct() check nothing.
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
    """Yield a sentence for each value at *key*, or below it, that no setting takes."""
    match value:
        case Mapping() | list() | tuple() | set() | frozenset() if not depth:
            yield f"{key} must not be nested more than {DEPTH} deep"
        case Mapping() | list() | tuple() | set() | frozenset():
            yield from _odd_parts(key, value, depth)
        case str() if "\0" in value:
            yield f"{key} must hold no NUL character, got {shown(value)}"
        case str() if not _is_unicode(value):
            yield f"{key} must be Unicode text, got {shown(value)}"
        case str() if token := engine_token(value):
            yield f"{key} must not hold {shown(token)}, which CDKTF would replace; reword it"
        case int() if value.bit_length() >= INTEGER_BITS:
            yield f"{key} must be an integer of fewer than {INTEGER_BITS} bits, got {shown(value)}"
        case float() if not math.isfinite(value):
            yield f"{key} must be a finite number, got {value}"
        case float() if engine_token(str(value)):
            yield f"{key} must not be {value}, which CDKTF would replace"


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
