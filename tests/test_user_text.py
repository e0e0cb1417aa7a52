"""Text that a user writes."""

import json

import pytest

from constructs_lib.user_text import json_document

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
