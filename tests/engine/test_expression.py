"""Promises of the reader of Terraform's expressions: every form that a synthesized stack has."""

import pytest

from constructs_lib.engine.expression import (
    Expression,
    Reference,
    address_reference,
    expressions,
    filled_in,
    parse,
    references,
)
from constructs_lib.engine.user_text import json_document
from tests.template import Template

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
    """Resources, in order; no local value, no attribute of what a function returns, and no text."""
    assert references(text) == found


def test_every_expression_of_a_stack_is_read(template: Template) -> None:
    """None is taken for text, and what they name is in the stack."""
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
    """Into text, without escapes, and expressions; what has no end is text."""
    assert shown(text) == parts


def test_text_of_a_user_in_a_document_is_no_expression() -> None:
    """`json_document` writes it so that nobody who reads the argument finds one in it."""
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
def test_the_first_value_of_a_conditional_is_told(text: str, value: str | None) -> None:
    """As it stands there; an expression without a condition has none."""
    [expression] = expressions(text)

    assert expression.value_if_true == value


def test_references_are_those_of_a_type() -> None:
    """Managed resources alone, as elsewhere in Terraform's configuration."""
    value = {"a": ["${aws_subnet.a.id}", "${data.aws_subnet.b.id}"], "b": "${aws_vpc.c.id}", "d": 1}

    assert [each.name for each in references(value, "aws_subnet")] == ["a"]
    assert [each.address for each in references(value)] == ["aws_subnet.a", "data.aws_subnet.b", "aws_vpc.c"]


def test_expressions_are_replaced_at_any_depth() -> None:
    """Other values stay, and text loses the escapes of Terraform."""
    value = {"a": ["x ${b.c}", 1, None], "d": "$${e}"}

    assert filled_in(value, lambda expression: expression.source.upper()) == {"a": ["x B.C", 1, None], "d": "${e}"}


@pytest.mark.parametrize(
    ("text", "reference"),
    [("${aws_sqs_queue.queue.url}", QUEUE), ("${f(a.b.c)}", None), ("${a.b.c[0]}", None), ("${1 + 2}", None)],
)
def test_an_expression_may_be_one_attribute_alone(text: str, reference: Reference | None) -> None:
    """That is what a program can look up without evaluating anything."""
    [expression] = expressions(text)

    assert expression.reference == reference


def test_a_plain_address_is_read() -> None:
    """As `depends_on` has it."""
    assert address_reference("data.aws_iam_role.reader").address == "data.aws_iam_role.reader"

    with pytest.raises(ValueError, match=r"^expected the address of a resource, got 'local\.a'$"):
        address_reference("local.a")
