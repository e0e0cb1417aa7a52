"""Report wrong input of a user in one clear sentence."""

import difflib
import re
import reprlib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

_PYDANTICS_OWN = (
    *("[key]", "[name]", "[strategy]", "[image]", "[s3]", "[git]", "[bundles]"),
    *("str", "int", "float", "bool"),
)
"""Parts of a location that pydantic adds, for a key of a table or for one of several types."""

VALUE_LENGTH = 80
"""The maximum number of characters of a value in a sentence."""
SENTENCE_LENGTH = 400
"""The maximum number of characters of a sentence: five lines of a terminal."""
NAMED = 1000
"""The maximum number of parts of a value that are searched for in its sentence."""
SHORT_INTEGER_BITS = 256


class BadInputError(Exception):
    """
    Report in one sentence what the user wrote, where, and what is allowed.

    `main.py` prints it and exits with 1 before it writes anything. It is not a `ValueError`, so pydantic does not wrap
    it. The sentence is always one short, printable line.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(shortened(printable(sentence), SENTENCE_LENGTH))


def printable(text: str) -> str:
    """Return *text* with escapes for characters that a terminal does not print."""
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


def shortened(text: str, length: int) -> str:
    """Return *text*, or its start and its end if it is longer than *length*."""
    if len(text) <= length:
        return text
    end = length // 3
    return f"{text[: length - end - 3]}...{text[-end:]}"


def shown(value: object) -> str:
    """Return *value* as Python writes it, on one short line."""
    if isinstance(value, int) and value.bit_length() > SHORT_INTEGER_BITS:
        # Python does not convert an integer of many digits to text.
        return f"an integer of {value.bit_length()} bits"
    short = reprlib.Repr()
    short.maxstring = short.maxother = VALUE_LENGTH
    try:
        text = short.repr(value)
    except Exception:  # noqa: BLE001 a user's class may raise anything, and so does an integer of many digits in a list
        text = f"a value of the type {type(value).__name__}"
    return shortened(printable(text), VALUE_LENGTH)


def shown_key(key: object) -> str:
    """Return a part of the place of a value, on one line and short."""
    return shortened(printable(key), VALUE_LENGTH) if isinstance(key, str) else shown(key)


def nearest(word: str, allowed: Iterable[str]) -> str:
    """Return a hint: the allowed word closest to *word*, or all allowed words if none is close."""
    words = sorted(set(allowed))
    if close := difflib.get_close_matches(word[:VALUE_LENGTH], words, n=1):
        return f"did you mean {shown(close[0])}?"
    return f"allowed are {shortened(', '.join(words), 2 * VALUE_LENGTH)}" if words else "none is allowed here"


def refusal(error: ValidationError, model: type[BaseModel] | None, where: str) -> BadInputError:
    """
    Return pydantic's *error* about *model* as one sentence that starts with *where*, the file and its part.

    The sentence reports only the first fault. A misspelt key comes first, because it is often the reason for the
    others. Without a *model* the sentence does not list the allowed keys.
    """
    fault = min(error.errors(include_url=False), key=lambda each: each["type"] != "extra_forbidden")
    *parents, last = [part for part in fault["loc"] if part not in _PYDANTICS_OWN] or [""]
    key = ".".join(shown_key(part) for part in (*parents, last))
    got = "" if fault["type"] == "missing" else f", got {shown(fault['input'])}"
    match fault["type"]:
        case "extra_forbidden":
            report = f"{key} is unknown" + (f"; {nearest(str(last), _keys(model, parents))}" if model else "")
        case "missing":
            report = f"{key} is required"
        case "value_error" | "assertion_error":
            sentence = _with_short_values(str(fault["ctx"]["error"]), fault["input"])
            report = sentence if sentence.startswith(f"{key}.") else f"{key} {sentence}".strip()
        case "tuple_type":
            report = f"{key} {_several(fault['input'], in_toml=where.endswith('.toml'))}{got}"
        case "frozen_instance":
            report = (
                f"{key} cannot be changed after {error.title}(...) was created: write {key}={shown(fault['input'])}"
                " inside its parentheses"
            )
        case _:
            report = f"{key} {re.sub('^[A-Z][a-z]+ should', 'must', fault['msg'])}{got}"
    return BadInputError(f"{where}: {report}")


def _several(value: object, *, in_toml: bool) -> str:
    """Return how to write several values in TOML or in Python, where a single *value* was written."""
    if in_toml:
        return f"must be an array: write [{shown(value)}], in square brackets"
    if isinstance(value, str | BaseModel):
        one = shown(value) if isinstance(value, str) else f"{type(value).__name__}(...)"
        return f"must be a tuple: write ({one},), with the comma"
    return "must be a tuple: parentheses with a comma after each value"


def _with_short_values(sentence: str, value: object) -> str:
    """Return *sentence* with short forms of the parts of *value* that it quotes."""
    if len(sentence) > VALUE_LENGTH:
        for part in _texts(value):
            if len(part) > VALUE_LENGTH:
                short = shortened(printable(part), VALUE_LENGTH)
                sentence = sentence.replace(repr(part), shown(part)).replace(part, short)
    return sentence


def _texts(value: object) -> Iterator[str]:
    """Yield the first texts in *value*, including keys."""
    waiting, left = deque([value]), NAMED
    # A value may contain itself.
    while waiting and left:
        left -= 1
        match waiting.popleft():
            case str() as text:
                yield text
            case Mapping() as table:
                waiting += [*table, *table.values()]
            case list() | tuple() as array:
                waiting += array


def models_in(annotation: object) -> dict[str, type[BaseModel]]:
    """Return the models in the type *annotation*, at any depth, by name."""
    found: dict[str, type[BaseModel]] = {}
    waiting = [annotation]
    while waiting:
        each = waiting.pop()
        waiting += get_args(each)
        if isinstance(each, type) and issubclass(each, BaseModel) and each.__name__ not in found:
            found[each.__name__] = each
            waiting += [field.annotation for field in each.model_fields.values()]
    return found


def _keys(model: type[BaseModel], path: Iterable[Any]) -> Iterable[str]:
    """Return the keys that the table at *path* inside *model* may have."""
    models = [model]
    for part in path:
        annotations = [each.model_fields[part].annotation for each in models if part in each.model_fields]
        models = [each for annotation in annotations for each in _tables(annotation)] or models
    return [field.alias or name for each in models for name, field in each.model_fields.items()]


def _tables(annotation: object) -> Iterator[type[BaseModel]]:
    """Yield the models that the type *annotation* names, without those inside them."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for each in get_args(annotation):
        yield from _tables(each)
