"""Values that no setting takes."""

import time
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from constructs_lib.settings.settings import Settings
from constructs_lib.settings.task_settings import TaskSettings
from constructs_lib.shared.bad_input import models_in, refusal
from constructs_lib.shared.user_model import UserModel, engine_token


class Table(UserModel):
    name: str = "x"
    size: int = 1
    share: float = 0.5
    text: dict[str, Any] = {}  # noqa: RUF012 pydantic copies it


def nested(depth: int) -> dict[str, Any]:
    """Return tables inside each other."""
    table: dict[str, Any] = {}
    for _ in range(depth):
        table = {"a": table}
    return table


def cycle() -> dict[str, Any]:
    """Return a table that holds itself."""
    table: dict[str, Any] = {}
    table["a"] = [table]
    return table


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"name": "a\0b"}, r"name must not contain a NUL character, got 'a\x00b'"),
        ({"name": "a\udc80"}, r"name must be Unicode text, got 'a\udc80'"),
        ({"size": 10**5000}, "size must be an integer of fewer than 64 bits, got an integer of 16610 bits"),
        ({"size": -(2**63)}, "size must be an integer of fewer than 64 bits, got -9223372036854775808"),
        ({"share": float("nan")}, "share must be a finite number, got nan"),
        ({"share": float("-inf")}, "share must be a finite number, got -inf"),
        ({"text": {"a": ("b", {"c": "\0"})}}, r"text.a.1.c must not contain a NUL character, got '\x00'"),
        ({"text": {"a\0": 1}}, r"text must not contain a NUL character, got 'a\x00'"),
        (
            {"text": {"a": {10**5000: 1}}},
            "text.a must be an integer of fewer than 64 bits, got an integer of 16610 bits",
        ),
        ({"text": nested(3000)}, "text.a.a.a.a.a.a.a.a.a must not be nested more than 10 deep"),
        ({"text": cycle()}, "text.a.0.a.0.a.0.a.0.a must not be nested more than 10 deep"),
        ({"text": {"a": "-8.2e298"}}, "text.a must not contain '-8.2e298', which CDKTF would replace; reword it"),
        ({"text": {"${TfToken[1]}": 1}}, "text must not contain '${TfToken[', which CDKTF would replace; reword it"),
        ({"share": -8.2e298}, "share must not be -8.2e+298, which CDKTF would replace"),
        ({"text": {5: {"x\0"}}}, r"text.5.0 must not contain a NUL character, got 'x\x00'"),
    ],
)
def test_it_is_refused_with_its_place(values: dict[str, Any], sentence: str) -> None:
    """A value that no setting accepts is refused with its place."""
    with pytest.raises(ValidationError) as error:
        Table(**values)

    assert str(refusal(error.value, Table, "file.py")) == f"file.py: {sentence}"


def test_other_values_are_left_to_the_fields() -> None:
    """The largest integer and the deepest allowed nesting are accepted."""
    values: dict[str, Any] = {"name": "é\n", "size": 2**63 - 1, "share": 1e300, "text": nested(8)}

    assert Table(**values).model_dump() == values


MODELS = (models_in(Settings) | models_in(TaskSettings)).values()
"""All that a user can write, in stages.py or a task.toml."""


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_model_of_settings_is_one(model: type[BaseModel]) -> None:
    """Every model of the settings refuses odd values, unknown keys and changes."""
    assert issubclass(model, UserModel)
    assert (model.model_config["extra"], model.model_config["frozen"]) == ("forbid", True)


@pytest.mark.parametrize(
    ("text", "token"),
    [
        ("a ${TfToken[TOKEN.1]}", "${TfToken["),
        ("#{TfToken[TOKEN.1]}", "#{TfToken["),
        ("&{TfToken[TOKEN.1]}", "&{TfToken["),
        ("String Map Token Value", "String Map Token Value"),
        ("Any Map Token Value", "Any Map Token Value"),
        ("x=-8.2e298", "-8.2e298"),
        ("-8.2e+298", "-8.2e+298"),
        ("-1.8881545897087626e+289", "-1.8881545897087626e+289"),
        ("-82" + 297 * "0" + "e-", "-82" + 297 * "0" + "e-"),
    ],
)
def test_a_token_is_found(text: str, token: str) -> None:
    """Text that the engine would replace is found."""
    assert engine_token(text) == token


@pytest.mark.parametrize("text", ["", "TfToken[1]", "${Tf}", "1e5", "-8.2e29", "e", "-e-", "8.2e298", "a String Map"])
def test_other_text_has_none(text: str) -> None:
    """Text that the engine does not change is accepted."""
    assert engine_token(text) is None


def test_a_long_number_is_checked_at_once() -> None:
    """A text of 50,000 digits is checked in less than a second of CPU, not in the square of its length."""
    begin = time.process_time()

    assert engine_token("1" * 50_000) is None
    assert time.process_time() - begin < 1
