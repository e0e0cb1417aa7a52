"""Odd values in every field of every model that a user writes: each is taken, or refused in one sentence."""

import decimal
from collections.abc import Callable
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError
from typing_extensions import override

from constructs_lib.settings.settings import Settings
from constructs_lib.settings.task_settings import TaskSettings
from constructs_lib.shared.bad_input import SENTENCE_LENGTH, BadInputError, models_in, refusal

VALUES = 25
"""For each field."""
MODELS = (models_in(Settings) | models_in(TaskSettings)).values()


class Shouting(str):
    """Text that is shown with escapes of a terminal."""

    __slots__ = ()

    @override
    def __repr__(self) -> str:
        """Clear the screen."""
        return "\x1b[2J\n" * 200


SCALARS: tuple[Callable[[Random], Any], ...] = (
    lambda _: None,
    lambda chance: chance.choice([True, False]),
    lambda chance: chance.choice([0, -1, 1, 3, 2**31, 2**63, 2**64, -(10**5000), 10**5000]),
    lambda chance: chance.choice([0.5, -0.0, 1e308, float("nan"), float("inf"), float("-inf")]),
    lambda chance: chance.choice(
        ["", " ", "a", "EC2", "x" * 5000, "\0", "\x1b[31m\n", "\udc80", "é😀\u2028", "..", "*"]
    ),
    lambda chance: "".join(chance.choices("aA0-_./:*${}%\"'\n\\ ,@", k=chance.randint(1, 200))),
    lambda chance: "arn:aws:" + "".join(chance.choices("iam:role/s3*0123456789-", k=chance.randint(1, 80))),
    lambda chance: chance.choice(["10.0.0.0/8", "10.0.0.0/99", "::1", "0/0", "256.1.1.1", "1" * 5000]),
    lambda chance: chance.choice([b"x", b"\xff" * 500, 1j, decimal.Decimal("NaN"), Path("x"), object(), print]),
    lambda chance: chance.choice([date(2026, 1, 1), Shouting("x"), Settings]),
)


def odd(chance: Random, depth: int = 0) -> object:
    """Return a value that may be of any type, and hold others."""
    kind = chance.randrange(12 if depth < 4 else 8)
    if kind < 8:
        return chance.choice(SCALARS)(chance)
    if kind == 8:
        return nested(chance.choice([5, 11, 3000]))
    parts = [odd(chance, depth + 1) for _ in range(chance.choice([0, 1, 2, 3]))]
    if kind == 9:
        return tuple(parts)
    if kind == 10:
        return {part: odd(chance, depth + 1) for part in parts if part.__hash__ is not None and hashable(part)}
    return parts


def hashable(value: object) -> bool:
    """Return whether a dictionary can have it as a key."""
    try:
        hash(value)
    except TypeError:
        return False
    return True


def nested(depth: int) -> object:
    """Return tables and lists inside each other, or a list that holds itself."""
    value: object = {}
    for number in range(depth):
        value = {"a": value} if number % 2 else [value]
    if depth == 5:
        itself: list[object] = []
        itself.append(itself)
        return itself
    return value


def refusal_of(model: type[BaseModel], values: dict[str, Any]) -> str:
    """Return the sentence with which the model refuses these values, or nothing."""
    try:
        model(**values)
    except BadInputError as error:
        return str(error)
    except ValidationError as error:
        return str(refusal(error, model, "file"))
    return ""


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_an_odd_value_is_taken_or_refused_in_one_sentence(model: type[BaseModel]) -> None:
    """An odd value is accepted, or refused with one short line."""
    for field in model.model_fields:
        for seed in range(VALUES):
            chance = Random(f"{model.__name__} {field} {seed}")  # noqa: S311 it must repeat
            values = {"stage": "dev"} if model is Settings else {}
            sentence = refusal_of(model, values | {field: odd(chance)})

            assert len(sentence) <= SENTENCE_LENGTH, (field, seed)
            assert sentence.isprintable(), (field, seed)
