"""Promises of secrets whose values only AWS knows."""

import re

import pytest

from constructs_lib.engine.addressed_stack import AddressedStack
from constructs_lib.storage.secret import Secret
from tests.template import Template

VERSION = "aws_secretsmanager_secret_version"
VALUE = "ephemeral.aws_secretsmanager_random_password.team_token.random_password"


def define(stack: AddressedStack, *, version: int = 1, protected: bool = False, **arguments: str) -> Secret:
    """Define a secret that is called `token`."""
    return Secret(
        stack,
        "Token",
        name="airflow-dev/team-token",
        description="For tests",
        version=version,
        protected=protected,
        **arguments,  # type: ignore[arg-type] # texts alone
    )


def test_the_value_goes_from_aws_to_aws(stack: AddressedStack) -> None:
    """The value goes from AWS to a write-only argument, and the state has only a version."""
    define(stack, version=3)
    template = Template.of(stack)
    version = template.one(VERSION)

    assert template.all("aws_secretsmanager_random_password", block="ephemeral") == {
        "team_token": {"exclude_punctuation": True, "password_length": 32}
    }
    assert version["secret_string_wo"] == f"${{{VALUE}}}"
    assert version["secret_string_wo_version"] == 3
    assert "secret_string" not in version


def test_a_template_is_put_around_the_value(stack: AddressedStack) -> None:
    """The value replaces the placeholder in the template."""
    define(stack, template="base64encode({})")

    version = Template.of(stack).one(VERSION)

    assert version["secret_string_wo"] == f"${{base64encode({VALUE})}}"


def test_with_a_user_name_it_is_json(stack: AddressedStack) -> None:
    """A secret with a user name is JSON with RDS's keys."""
    define(stack, username="airflow")

    version = Template.of(stack).one(VERSION)
    expected = f'${{jsonencode({{ username = "airflow", password = {VALUE} }})}}'

    assert version["secret_string_wo"] == expected


@pytest.mark.parametrize(("protected", "days"), [(True, 30), (False, 0)])
def test_a_protected_secret_can_be_taken_back(stack: AddressedStack, *, protected: bool, days: int) -> None:
    """A protected secret can be restored, and an unprotected one is deleted at once."""
    define(stack, protected=protected)
    secret = Template.of(stack).one("aws_secretsmanager_secret")

    assert secret["recovery_window_in_days"] == days
    assert secret["lifecycle"]["prevent_destroy"] is protected


@pytest.mark.parametrize("key", ["", "password"])
def test_a_reference_names_one_version(stack: AddressedStack, key: str) -> None:
    """A reference has the ARN, the key and the version id, and a role needs the ARN."""
    secret = define(stack)
    reference = secret.reference(key)

    assert re.fullmatch(r"\$\{TfToken\[[^}]+\}:" + key + r"::\$\{TfToken\[[^}]+\}", reference.value_from)
    assert reference.arn == secret.arn


def test_what_is_read_back_is_what_was_stored(stack: AddressedStack) -> None:
    """The value that is read back is the stored version."""
    expression = define(stack, username="airflow").read_back("password")
    stored = Template.of(stack).all("aws_secretsmanager_secret_version", block="ephemeral")["team_token"]

    assert expression == (
        "${jsondecode(ephemeral.aws_secretsmanager_secret_version.team_token.secret_string).password}"
    )
    assert stored == {
        "secret_id": "${aws_secretsmanager_secret_version.token.secret_id}",
        "version_id": "${aws_secretsmanager_secret_version.token.version_id}",
    }
