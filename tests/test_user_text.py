"""Text that a user writes."""

import json

import pytest

from constructs_lib.settings import Settings
from constructs_lib.task_settings import TaskSettings
from constructs_lib.user_text import json_document
from tests.user_texts import MODELS, NASTY, fields_of, places, refusal_of, text_at, with_text

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


def test_every_text_of_a_user_is_tried() -> None:
    """A new field that takes text needs a value in `user_texts.py`."""
    tried = {place.field for model, values in MODELS for place in places(model(**values))}

    assert (fields_of(Settings) | fields_of(TaskSettings)) - tried == set()


@pytest.mark.parametrize("nasty", NASTY)
def test_what_is_not_taken_is_refused_in_one_sentence(nasty: str) -> None:
    """Whatever a user writes into a field, the settings take it or say what is wrong with it."""
    for model, values in MODELS:
        for place in places(model(**values)):
            refusal_of(model, with_text(values, place, text_at(values, place) + nasty))
