"""Promises of the reader of Terraform's expressions: every form that a synthesized stack has."""

import json
import re
from itertools import product
from unicodedata import is_normalized

import pytest
from cdktf import DataResource, TerraformOutput, TerraformStack, Testing
from hypothesis import given, settings
from hypothesis import strategies as st

from constructs_lib.ecs.container import Container, container_definition
from constructs_lib.engine.template import (
    Expression,
    Reference,
    address_reference,
    expressions,
    filled_in,
    json_document,
    parse,
    references,
)
from constructs_lib.iam.policy import allow, policy_document
from constructs_lib.settings.settings import Settings
from constructs_lib.settings.task_settings import TaskSettings
from constructs_lib.shared.user_model import engine_token
from tests.template import Template
from tests.user_texts import MODELS, NASTY, fields_of, places, refusal_of, text_at, with_text

QUEUE = Reference("", "aws_sqs_queue", "queue", "url")
PASSWORD = Reference("ephemeral", "aws_password", "database", "text")
ZONE = Reference("data", "aws_route53_zone", "hosted", "zone_id")


def shown(text: str) -> list[str]:
    """Return the parts of a template, an expression by its source in angle brackets."""
    return [part if isinstance(part, str) else f"<{part.source}>" for part in parse(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("${aws_sqs_queue.queue.url}", [QUEUE]),
        ("https://${aws_sqs_queue.queue.url}/${data.aws_route53_zone.hosted.zone_id}", [QUEUE, ZONE]),
        ("${data.aws_vpc.network.names[0]}", [Reference("data", "aws_vpc", "network", "names")]),
        ("${aws_db_instance.database.endpoint.port}", [Reference("", "aws_db_instance", "database", "endpoint.port")]),
        ('${jsonencode({ username = "airflow", password = ephemeral.aws_password.database.text })}', [PASSWORD]),
        ('${replace(replace(base64encode(ephemeral.aws_password.database.text), "+", "-"), "/", "_")}', [PASSWORD]),
        (
            "${jsondecode(ephemeral.aws_secretsmanager_secret_version.database.secret_string).password}",
            [Reference("ephemeral", "aws_secretsmanager_secret_version", "database", "secret_string")],
        ),
        (
            "${one(tolist(aws_acm_certificate.lb.domain_validation_options)).resource_record_name}",
            [Reference("", "aws_acm_certificate", "lb", "domain_validation_options")],
        ),
        (
            "${!contains([data.aws_subnet.a.zone, aws_subnet.b.zone], self.availability_zone)}",
            [Reference("data", "aws_subnet", "a", "zone"), Reference("", "aws_subnet", "b", "zone")],
        ),
        (
            "${data.aws_vpc_endpoint_service.s3.vpc_endpoint_policy_supported ? local.endpoint_policy : null}",
            [Reference("data", "aws_vpc_endpoint_service", "s3", "vpc_endpoint_policy_supported")],
        ),
        ("${jsondecode(local.text).aws_sqs_queue.queue.url}", []),
        ('${"airflow.example.com" == self.name || endswith("example.com", ".${self.name}")}', []),
        ('${endswith("x", ".${aws_sqs_queue.queue.url}")}', [QUEUE]),
        (r'${base64encode("a \"${b.c}\" $${aws_a.b.c} } {")}', [Reference("", "b", "c")]),
        ('${tonumber(split(".", self.engine_version_actual)[0]) <= 17}', []),
        ("${aws_sqs_queue.queue}", [Reference("", "aws_sqs_queue", "queue")]),
        ("aws_sqs_queue.queue.url", []),
        ("$${aws_sqs_queue.queue.url}", []),
    ],
)
def test_what_an_expression_names_is_found(text: str, found: list[Reference]) -> None:
    """The references of an expression are its resources in order, and not local values, results or text."""
    assert references(text) == found


def test_every_expression_of_a_stack_is_read(template: Template) -> None:
    """Every expression of a composed stack is parsed, and its references are in the stack."""
    there = set(template.resources())
    for text in texts(template.document):
        assert all(isinstance(part, Expression) or "${" not in part for part in parse(text)), text
        assert filled_in(text, lambda expression: f"${{{expression.source}}}") == text
    assert {each.address for each in references(template.document)} <= there


def texts(value: object) -> list[str]:
    """Return the strings in *value*."""
    match value:
        case str():
            return [value]
        case list():
            return [text for each in value for text in texts(each)]
        case dict():
            return [text for each in value.values() for text in texts(each)]
    return []


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        ("a ${b.c} d", ["a ", "<b.c>", " d"]),
        ("$${b.c} %%{ if } $ % {", ["${b.c} %{ if } $ % {"]),
        ("$$ ${b.c}", ["$$ ", "<b.c>"]),
        ("${b.c}${d.e}", ["<b.c>", "<d.e>"]),
        ('${f({ a = "}" })}}', ['<f({ a = "}" })>', "}"]),
        ("${LEVEL:-info", ["${LEVEL:-info"]),
        ('${f("a', ['${f("a']),
        ('${f("${a', ['${f("${a']),
    ],
)
def test_a_template_is_taken_apart_as_terraform_does(text: str, parts: list[str]) -> None:
    """A template is split into text and expressions as Terraform does."""
    assert shown(text) == parts


def test_text_of_a_user_in_a_document_is_no_expression() -> None:
    """Text of a user in a document is not an expression."""
    assert references(json_document([{"command": ["echo ${aws_sqs_queue.dead.arn} ${aws_sqs_queue"]}])) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('${aws_ssm_parameter.running.insecure_value == "all" ? 10 : 0}', "10"),
        ('${a.b ? "x ${c.d}" : null}', '"x ${c.d}"'),
        ("${a.b ? local.policy : null}", "local.policy"),
        ("${a.b}", None),
    ],
)
def test_the_first_value_of_a_conditional_is_read(text: str, value: str | None) -> None:
    """The value for a true condition is returned, and None for an expression without a condition."""
    [expression] = expressions(text)

    assert expression.value_if_true == value


def test_references_are_those_of_a_type() -> None:
    """References to a type are those to managed resources."""
    value = {"a": ["${aws_subnet.a.id}", "${data.aws_subnet.b.id}"], "b": "${aws_vpc.c.id}", "d": 1}

    assert [each.name for each in references(value, "aws_subnet")] == ["a"]
    assert [each.address for each in references(value)] == ["aws_subnet.a", "data.aws_subnet.b", "aws_vpc.c"]


def test_expressions_are_replaced_at_any_depth() -> None:
    """Expressions are replaced at any depth, and other values are unchanged."""
    value = {"a": ["x ${b.c}", 1, None], "d": "$${e}"}

    assert filled_in(value, lambda expression: expression.source.upper()) == {"a": ["x B.C", 1, None], "d": "${e}"}


@pytest.mark.parametrize(
    ("text", "reference"),
    [("${aws_sqs_queue.queue.url}", QUEUE), ("${f(a.b.c)}", None), ("${a.b.c[0]}", None), ("${1 + 2}", None)],
)
def test_an_expression_may_be_one_attribute_alone(text: str, reference: Reference | None) -> None:
    """An expression that is only an attribute has a reference, and any other has none."""
    [expression] = expressions(text)

    assert expression.reference == reference


def test_a_plain_address_is_read() -> None:
    """A plain address is read as in `depends_on`."""
    assert address_reference("data.aws_iam_role.reader").address == "data.aws_iam_role.reader"

    with pytest.raises(ValueError, match=r"^expected the address of a resource, got 'local\.a'$"):
        address_reference("local.a")


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
    """A document has no template for Terraform, and decodes to the user's text."""
    document = json_document({"command": [text]})

    assert "${" not in document
    assert "%{" not in document
    assert json.loads(document) == {"command": [text]}


def test_a_letter_with_a_separate_accent_stays_two_characters() -> None:
    """A document has no characters that Terraform would compose (NFC), and decodes to the text of the user."""
    document = json_document({"command": ["e\u0301 \N{GRINNING FACE} <"]})

    assert is_normalized("NFC", document)
    assert json.loads(document) == {"command": ["e\u0301 \N{GRINNING FACE} <"]}


@pytest.mark.parametrize(("before", "written"), [("", ""), ("$", r"\u0024"), ("$$", r"\u0024\u0024"), ("%", "%")])
def test_a_token_stays_a_reference(before: str, written: str) -> None:
    """A token of the engine is replaced by its reference, after any text."""
    assert json_document([before + TOKEN]) == f'["{written}{TOKEN}"]'


def test_the_engine_leaves_a_reference_behind_a_text_its_braces() -> None:
    """The engine writes a reference after `${` in a text without its braces."""
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


SPECIAL = ["$", "%", "{", "}", '"', "\\", "\n"]
"""Characters that mean something to Terraform or in JSON."""
CHARACTERS = st.sampled_from(SPECIAL) | st.characters(exclude_categories=["Cs"])
TEXTS = st.lists(CHARACTERS, max_size=12).map("".join).filter(lambda text: engine_token(text) is None)


@pytest.mark.parametrize("length", [1, 2, 3])
def test_any_special_characters_arrive(length: int) -> None:
    """Every text of up to three special characters, as many as `$${`, arrives unchanged."""
    for characters in product(SPECIAL, repeat=length):
        check_arrival("".join(characters))


# The special characters are tried above, so that half of Hypothesis's usual 100 examples are enough.
@settings(derandomize=True, database=None, deadline=None, max_examples=50)
@given(TEXTS)
def test_any_text_arrives(text: str) -> None:
    """Any text arrives unchanged in a container definition and a policy."""
    check_arrival(text)


def check_arrival(text: str) -> None:
    """Check what Terraform makes of *text* in a container definition and a policy."""
    container = Container(name=text, image=text + TOKEN + text, command=(text, TOKEN), environment={"A": text})
    definition = container_definition(container, log_group="group", region="region")
    policy = policy_document([allow([text], [TOKEN + text])])

    arrived = json.loads(evaluated(json_document([definition])))[0]

    assert (arrived["name"], arrived["image"], arrived["command"]) == (text, text + VALUE + text, [text, VALUE])
    assert arrived["environment"] == [{"name": "A", "value": text}]
    assert json.loads(evaluated(policy))["Statement"][0]["Action"] == [text]
    assert json.loads(evaluated(policy))["Statement"][0]["Resource"] == [VALUE + text]


def test_every_text_of_a_user_is_tried() -> None:
    """Every text field of the settings has an example in `user_texts.py`."""
    tried = {place.field for model, values in MODELS for place in places(model(**values))}

    assert (fields_of(Settings) | fields_of(TaskSettings)) - tried == set()


@pytest.mark.parametrize("nasty", NASTY)
def test_what_is_not_taken_is_refused_in_one_sentence(nasty: str) -> None:
    """The settings accept a text or refuse it in one sentence."""
    for model, values in MODELS:
        for place in places(model(**values)):
            refusal_of(model, with_text(values, place, text_at(values, place) + nasty))
