"""Text that a user writes."""

import json

import pytest

from constructs_lib.user_text import check_text, json_document

TOKEN = "${TfToken[TOKEN.7]}"


@pytest.mark.parametrize(
    "text",
    [
        "${LEVEL:-info}",
        "%{ for k in [1] }x%{ endfor }",
        "$${x} %%{x}",
        "$$${x}",
        "$",
        "100 %",
        '"\\\n\t',
        "é \u2028 😀",
    ],
)
def test_a_document_holds_no_template_and_decodes_to_what_was_written(text: str) -> None:
    """Terraform finds nothing to evaluate, and the reader of the document finds the user's text."""
    document = json_document({"command": [text]})

    assert "${" not in document
    assert "%{" not in document
    assert json.loads(document) == {"command": [text]}


@pytest.mark.parametrize(("before", "written"), [("", ""), ("$", r"\u0024"), ("$$", r"\u0024\u0024"), ("%", "%")])
def test_a_token_stays_a_reference(before: str, written: str) -> None:
    """The engine replaces its token, also behind text that would escape the reference."""
    assert json_document([before + TOKEN]) == f'["{written}{TOKEN}"]'


@pytest.mark.parametrize(
    "text",
    [
        TOKEN,
        "#{TfToken[TOKEN.1]}",
        "&{TfToken[TOKEN.1]}",
        "String Map Token Value",
        "Any Map Token Value",
        "x=-8.2e298",
        "-8.2e+298",
        "-1.8881545897087626e+289",
        "-82" + 297 * "0" + "e-",
    ],
)
def test_what_looks_like_a_token_is_refused(text: str) -> None:
    """The engine would put another value in its place, or stop."""
    with pytest.raises(ValueError, match=r"must not hold '.+': CDKTF"):
        check_text(text)


@pytest.mark.parametrize("text", ["", "TfToken[1]", "${Tf}", "1e5", "-8.2e29", "e", "-e-", "8.2e298", "a String Map"])
def test_other_text_is_allowed(text: str) -> None:
    """What the engine leaves alone may be said."""
    assert check_text(text) == text


def test_nul_is_refused() -> None:
    """No process takes an argument or a variable with it."""
    with pytest.raises(ValueError, match="must hold no NUL character"):
        check_text("a\0b")
