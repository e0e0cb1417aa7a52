"""Text that the engine takes for its own."""

import pytest

from constructs_lib.shared.engine_token import engine_token


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
    """The engine would put another value in its place, or stop."""
    assert engine_token(text) == token


@pytest.mark.parametrize("text", ["", "TfToken[1]", "${Tf}", "1e5", "-8.2e29", "e", "-e-", "8.2e298", "a String Map"])
def test_other_text_has_none(text: str) -> None:
    """What the engine leaves alone may be used."""
    assert engine_token(text) is None
