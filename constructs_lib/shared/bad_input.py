"""Turn what a user wrote wrongly into one clear sentence."""

import difflib
import re
from collections.abc import Iterable
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

_PYDANTICS_OWN = ("[key]", "[name]", "[strategy]", "str", "int", "float", "bool")
"""What pydantic puts into a location to tell a key from its value, and one form of several from another."""


class BadInputError(Exception):
    """
    Say in one sentence what was got, where, and what is allowed.

    `main.py` prints it and exits with 1; nothing has been written by then. It is no `ValueError`, so that pydantic
    hands it on as it is.
    """


def nearest(word: str, allowed: Iterable[str]) -> str:
    """Return a hint: the allowed word closest to *word*, or all allowed words if none is close."""
    words = sorted(allowed)
    if close := difflib.get_close_matches(word, words, n=1):
        return f"did you mean {close[0]!r}?"
    return f"allowed are {', '.join(words)}" if words else "none is allowed here"


def refusal(error: ValidationError, model: type[BaseModel], where: str) -> BadInputError:
    """
    Return pydantic's *error* about *model* as one sentence that begins with *where*, the file and the part of it.

    Only the first fault is told; a misspelt key goes first, for it is often the reason of the others.
    """
    fault = min(error.errors(include_url=False), key=lambda each: each["type"] != "extra_forbidden")
    *parents, last = [part for part in fault["loc"] if part not in _PYDANTICS_OWN] or [""]
    key = ".".join(str(part) for part in (*parents, last))
    got = "" if fault["type"] == "missing" else f", got {fault['input']!r}"
    match fault["type"]:
        case "extra_forbidden":
            said = f"{key} is unknown; {nearest(str(last), _keys(model, parents))}"
        case "missing":
            said = f"{key} is required"
        case "value_error" | "assertion_error":
            sentence = str(fault["ctx"]["error"])
            said = sentence if sentence.startswith(f"{key}.") else f"{key} {sentence}".strip()
        case _:
            said = f"{key} {re.sub('^[A-Z][a-z]+ should', 'must', fault['msg'])}{got}"
    return BadInputError(f"{where}: {said}")


def _keys(model: type[BaseModel], path: Iterable[Any]) -> Iterable[str]:
    """Return the keys that the table at *path* inside *model* may have."""
    for part in path:
        if isinstance(part, str) and part in model.model_fields:
            model = _model_in(model.model_fields[part].annotation) or model
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_model_in(argument) for argument in get_args(annotation))
    return next((each for each in found if each), None)
