"""Sentences made of what pydantic found."""

from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from constructs_lib.shared.bad_input import BadInputError, nearest, refusal


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    size: int = 1


class Whole(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: str
    part: Part = Part()
    parts: tuple[Part, ...] = ()
    sizes: dict[str, int | str] = {}


def sentence(**values: Any) -> str:  # noqa: ANN401 whatever a user writes
    """Return the sentence about the model with these values."""
    with pytest.raises(ValidationError) as error:
        Whole(**values)
    return str(refusal(error.value, Whole, "file.py, whole"))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"nme": "x"}, "nme is unknown; did you mean 'name'?"),
        ({}, "name is required"),
        ({"name": 1}, "name must be a valid string, got 1"),
        ({"name": "x", "part": {"siz": 1}}, "part.siz is unknown; did you mean 'size'?"),
        ({"name": "x", "parts": ({"siz": 1},)}, "parts.0.siz is unknown; did you mean 'size'?"),
        ({"name": "x", "parts": ({"size": "1"},)}, "parts.0.size must be a valid integer, got '1'"),
        ({"name": "x", "sizes": {"a": None}}, "sizes.a must be a valid integer, got None"),
        ({"name": "x", "sizes": {1: 1}}, "sizes.1 must be a valid string, got 1"),
        ({"name": 1, "part": {"quite_other": 1}}, "part.quite_other is unknown; allowed are size"),
    ],
)
def test_the_first_fault_is_told(values: dict[str, Any], said: str) -> None:
    """The sentence names file, key, what was got and what is allowed; an unknown key goes first."""
    assert sentence(**values) == f"file.py, whole: {said}"


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("tpology", "did you mean 'topology'?"),
        ("zzz", "allowed are nat, topology"),
    ],
)
def test_nearest_names_what_is_allowed(word: str, hint: str) -> None:
    """Either the closest word, or all of them."""
    assert nearest(word, ["topology", "nat"]) == hint


def test_nearest_of_nothing() -> None:
    """Where no word is allowed, that is what is said."""
    assert nearest("x", []) == "none is allowed here"


def test_pydantic_hands_it_on() -> None:
    """A refusal from inside of a model comes out as it is: it is no ValueError."""
    assert not issubclass(BadInputError, ValueError)
