"""Text that a user writes."""

import json
import re

import pytest
from cdktf import DataResource, TerraformOutput, TerraformStack, Testing
from hypothesis import given, settings
from hypothesis import strategies as st

from constructs_lib.ecs.container import Container, container_definition
from constructs_lib.engine.user_text import json_document
from constructs_lib.iam.policy import allow, policy_document
from constructs_lib.settings.settings import Settings
from constructs_lib.settings.task_settings import TaskSettings
from constructs_lib.shared.engine_token import engine_token
from tests.template import Template
from tests.user_texts import MODELS, NASTY, fields_of, places, refusal_of, text_at, with_text

TOKEN = "${TfToken[TOKEN.7]}"
VALUE = "value"


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


def test_the_engine_leaves_a_reference_behind_a_text_its_braces() -> None:
    """It takes `${` for the beginning of an expression, wherever it finds it, and writes references there without."""
    stack = TerraformStack(Testing.app(), "stack")
    data = DataResource(stack, "data", input={"key": "value"})
    TerraformOutput(stack, "document", value=json_document({"text": "$${ ${", "reference": data.id}))

    document = Template.of(stack).document["output"]["document"]["value"]

    assert json.loads(document) == {"text": "$${ ${", "reference": "${terraform_data.data.id}"}


def evaluated(template: str) -> str:
    """Return what Terraform makes of *template*, in which a token of the engine is the only expression."""
    parts = re.compile(rf"(?P<escape>[$%])(?P=escape){{|(?P<token>{re.escape(TOKEN)})|(?P<template>[$%]{{)")

    def value(found: re.Match[str]) -> str:
        assert not found["template"], f"Terraform would evaluate {found.string!r}"
        return VALUE if found["token"] else f"{found['escape']}{{"

    return parts.sub(value, template)


CHARACTERS = st.sampled_from(["$", "%", "{", "}", '"', "\\", "\n"]) | st.characters(exclude_categories=["Cs"])
TEXTS = st.lists(CHARACTERS, max_size=12).map("".join).filter(lambda text: engine_token(text) is None)


@settings(derandomize=True, database=None, deadline=None, max_examples=500)
@given(TEXTS)
def test_any_text_arrives(text: str) -> None:
    """In a container definition and in a policy, alone and around a reference."""
    container = Container(name=text, image=text + TOKEN + text, command=(text, TOKEN), environment={"A": text})
    definition = container_definition(container, log_group="group", region="region")
    policy = policy_document([allow([text], [TOKEN + text])])

    arrived = json.loads(evaluated(json_document([definition])))[0]

    assert (arrived["name"], arrived["image"], arrived["command"]) == (text, text + VALUE + text, [text, VALUE])
    assert arrived["environment"] == [{"name": "A", "value": text}]
    assert json.loads(evaluated(policy))["Statement"][0]["Action"] == [text]
    assert json.loads(evaluated(policy))["Statement"][0]["Resource"] == [VALUE + text]


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
