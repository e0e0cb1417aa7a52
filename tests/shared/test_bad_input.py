"""Sentences made of what pydantic found."""

import re
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator
from typing_extensions import override

from constructs_lib.shared.bad_input import (
    SENTENCE_LENGTH,
    VALUE_LENGTH,
    BadInputError,
    models_in,
    nearest,
    refusal,
    shown,
)


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    size: int = 1


class Whole(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: str
    part: Part = Part()
    parts: tuple[Part, ...] = ()
    sizes: dict[str, int | str] = {}


def sentence(**values: Any) -> str:  # noqa: ANN401 any value of a user
    """Return the sentence about the model with these values."""
    with pytest.raises(ValidationError) as error:
        Whole(**values)
    return str(refusal(error.value, Whole, "file.py, whole"))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"nme": "x"}, "nme is unknown; did you mean 'name'?"),
        ({}, "name is required"),
        ({"name": 1}, "name must be a valid string, got 1"),
        ({"name": "x", "part": {"siz": 1}}, "part.siz is unknown; did you mean 'size'?"),
        ({"name": "x", "parts": ({"siz": 1},)}, "parts.0.siz is unknown; did you mean 'size'?"),
        ({"name": "x", "parts": ({"size": "1"},)}, "parts.0.size must be a valid integer, got '1'"),
        ({"name": "x", "sizes": {"a": None}}, "sizes.a must be a valid integer, got None"),
        ({"name": "x", "sizes": {1: 1}}, "sizes.1 must be a valid string, got 1"),
        ({"name": "x", "parts": Part()}, "parts must be a tuple: write (Part(...),), with the comma, got Part(size=1)"),
        (
            {"name": "x", "parts": 5},
            "parts must be a tuple: parentheses with a comma after each value, got 5",
        ),
        ({"name": 1, "part": {"quite_other": 1}}, "part.quite_other is unknown; allowed are size"),
    ],
)
def test_the_first_fault_is_reported(values: dict[str, Any], expected: str) -> None:
    """The first fault is reported with file, key, value and what is allowed, unknown keys first."""
    assert sentence(**values) == f"file.py, whole: {expected}"


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("tpology", "did you mean 'topology'?"),
        ("zzz", "allowed are nat, topology"),
    ],
)
def test_nearest_names_what_is_allowed(word: str, hint: str) -> None:
    """The hint is the most similar word, or all words."""
    assert nearest(word, ["topology", "nat"]) == hint


def test_nearest_of_nothing() -> None:
    """Without any allowed word, the hint says so."""
    assert nearest("x", []) == "none is allowed here"


def test_pydantic_hands_it_on() -> None:
    """A refusal from a validator is not changed by pydantic."""
    assert not issubclass(BadInputError, ValueError)


class Odd:
    """What raises when it is shown."""

    @override
    def __repr__(self) -> str:
        """Raise."""
        raise RuntimeError


def nested(depth: int) -> list[Any]:
    """Return lists inside each other."""
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "'a'"),
        (None, "None"),
        ({"b": [1]}, "{'b': [1]}"),
        ("\x1b[31m\n", r"'\x1b[31m\n'"),
        (10**5000, "an integer of 16610 bits"),
        ([10**5000], "a value of the type list"),
        (Odd(), "<Odd instance at"),
        (nested(5000), "[[[[[[[...]]]]]]]"),
        ("a" * 5000, "'aaa"),
    ],
    ids=lambda each: type(each).__name__,
)
def test_any_value_is_shown_on_one_short_line(value: object, text: str) -> None:
    """Any value is shown on one short line."""
    assert shown(value).startswith(text)
    assert len(shown(value)) <= VALUE_LENGTH
    assert shown(value).isprintable()


def test_a_sentence_is_one_short_line() -> None:
    """A sentence is one short line without control characters."""
    text = str(BadInputError("tasks/\x1b[31m\n: " + "x" * 5000 + " got 'y'"))

    assert text.startswith(r"tasks/\x1b[31m\n: xxx")
    assert text.endswith("x got 'y'")
    assert len(text) == SENTENCE_LENGTH


class Checked(BaseModel):
    names: dict[str, tuple[str, ...]] = {}

    @field_validator("names")
    @classmethod
    def _refuse(cls, value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for key, names in value.items():
            msg = f"must be short, got {key} with {names[0]!r}, and this is why"
            raise ValueError(msg)
        return value


def test_what_a_validator_quotes_is_shortened() -> None:
    """Long values in a sentence are shortened, and the text after them is kept."""
    with pytest.raises(ValidationError) as error:
        Checked(names={"k" * 5000: ("v" * 5000,)})

    text = str(refusal(error.value, None, "file.py"))
    assert len(text) < 300
    assert re.fullmatch(r"file.py: names must be short, got k+\.\.\.k+ with 'v+\.\.\.v+', and this is why", text)


def test_without_a_model_no_key_is_recommended() -> None:
    """Without a known model the sentence recommends no key."""
    with pytest.raises(ValidationError) as error:
        Part.model_validate({"siz": 1})

    assert str(refusal(error.value, None, "file.py")) == "file.py: siz is unknown"


def test_models_are_found_in_annotations() -> None:
    """The models in an annotation are found with their names."""
    assert models_in(dict[str, tuple[Whole, ...]] | None) == {"Whole": Whole, "Part": Part}
