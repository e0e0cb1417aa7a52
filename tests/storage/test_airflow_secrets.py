"""Promises of the secrets that Airflow's processes share."""

import base64
import re

import pytest

from constructs_lib.storage.airflow_secrets import FERNET
from tests.template import Template
from tests.variants import OTHER_VALUES, with_other_values


def test_the_fernet_key_is_a_valid_one() -> None:
    """The Fernet key from Terraform's expression is valid."""
    value = "Ab0" * 10 + "xy"
    encoded = base64.b64encode(value.encode()).decode()

    made = encoded
    for old, new in re.findall(r'"(.)", "(.)"', FERNET):
        made = made.replace(old, new)

    assert FERNET.count("base64encode({})") == 1
    assert dict(re.findall(r'"(.)", "(.)"', FERNET)) == {"+": "-", "/": "_"}
    assert len(base64.urlsafe_b64decode(made)) == 32


def test_each_has_a_name_of_its_own_under_the_stage(split: Template) -> None:
    """Each secret has its own name with the stage's prefix."""
    assert {secret["name"] for secret in split.all("aws_secretsmanager_secret").values()} == {
        "airflow-prod/fernet-key",
        "airflow-prod/jwt-secret",
        "airflow-prod/api-secret-key",
        "airflow-prod/admin",
        "airflow-prod/database",
        "airflow-prod/database-worker",
    }


def test_keys_that_sign_are_long(split: Template) -> None:
    """Signing keys have 64 characters, and the others 32."""
    lengths = {
        name: each["password_length"]
        for name, each in split.all("aws_secretsmanager_random_password", block="ephemeral").items()
    }

    assert lengths == {
        "fernet_key": 32,
        "jwt_secret": 64,
        "api_secret_key": 64,
        "admin": 32,
        "database": 32,
        "database_worker": 32,
    }


ROTATED = {
    "fernet": "keys_fernet",
    "jwt": "keys_jwt",
    "api": "keys_api",
    "admin": "keys_admin",
    "database": "database_password",
    "database_worker": "database_worker_password",
}
"""The secret of each key in `key_versions`."""


@pytest.mark.parametrize(("key", "name"), ROTATED.items())
def test_a_version_number_rotates_one_of_them(key: str, name: str) -> None:
    """A higher version changes one secret only."""
    numbers = OTHER_VALUES["compact"]["key_versions"]
    versions = with_other_values("compact").all("aws_secretsmanager_secret_version")

    assert [each for each, version in versions.items() if version["secret_string_wo_version"] == numbers[key]] == [name]


def test_connections_are_read_under_a_prefix_of_the_stage(split: Template) -> None:
    """Only secrets with the stage's prefix can be read as connections."""
    [statement] = [
        each for _, each in split.statements(name="triggerer_task") if "secretsmanager:GetSecretValue" in each["Action"]
    ]

    assert [resource.rpartition(":secret:")[2] for resource in statement["Resource"]] == [
        "airflow-prod/connections/*",
        "airflow-prod/variables/*",
    ]


def test_connections_may_be_encrypted_with_a_key_of_the_users(split: Template) -> None:
    """A reader of connections can decrypt with a user's key, only through Secrets Manager."""
    for process in ("api_server", "dag_processor", "triggerer"):
        statements = [each for _, each in split.statements(name=f"{process}_task")]
        [read] = [each for each in statements if each["Action"] == ["secretsmanager:GetSecretValue"]]
        [decrypt] = [each for each in statements if each["Action"] == ["kms:Decrypt"]]

        assert decrypt["Condition"] == {
            "StringLike": {
                "kms:EncryptionContext:SecretARN": read["Resource"],
                "kms:ViaService": "secretsmanager.us-east-1.amazonaws.*",
            }
        }
