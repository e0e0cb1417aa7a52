"""Promises of the secrets that Airflow's processes share."""

import base64
import re

import pytest

from constructs_lib.storage.airflow_secrets import FERNET
from tests.template import Template
from tests.variants import changed


def test_the_fernet_key_is_a_valid_one() -> None:
    """What Terraform's expression makes of 32 letters is 32 bytes in URL-safe base64."""
    value = "Ab0" * 10 + "xy"
    encoded = base64.b64encode(value.encode()).decode()

    made = encoded
    for old, new in re.findall(r'"(.)", "(.)"', FERNET):
        made = made.replace(old, new)

    assert FERNET.count("base64encode({})") == 1
    assert dict(re.findall(r'"(.)", "(.)"', FERNET)) == {"+": "-", "/": "_"}
    assert len(base64.urlsafe_b64decode(made)) == 32


def test_each_has_a_name_of_its_own_under_the_stage(split: Template) -> None:
    """People find them in the console by the stage."""
    assert {secret["name"] for secret in split.all("aws_secretsmanager_secret").values()} == {
        "airflow-prod/fernet-key",
        "airflow-prod/jwt-secret",
        "airflow-prod/api-secret-key",
        "airflow-prod/admin",
        "airflow-prod/database",
        "airflow-prod/database-worker",
    }


def test_keys_that_sign_are_long(split: Template) -> None:
    """64 letters and digits for what signs, for HS512 wants as many bytes; 32 for the others."""
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


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("fernet", "keys_fernet"),
        ("jwt", "keys_jwt"),
        ("api", "keys_api"),
        ("admin", "keys_admin"),
        ("database", "database_password"),
        ("database_worker", "database_worker_password"),
    ],
)
def test_a_version_number_rotates_one_of_them(key: str, name: str) -> None:
    """And nothing but that one."""
    versions = changed("compact", key_versions={key: 2}).all("aws_secretsmanager_secret_version")

    assert [each for each, version in versions.items() if version["secret_string_wo_version"] == 2] == [name]


def test_connections_are_read_under_a_prefix_of_the_stage(split: Template) -> None:
    """Another stage's, and other secrets, are out of reach."""
    [statement] = [
        each for _, each in split.statements(name="triggerer_task") if "secretsmanager:GetSecretValue" in each["Action"]
    ]

    assert [resource.rpartition(":secret:")[2] for resource in statement["Resource"]] == [
        "airflow-prod/connections/*",
        "airflow-prod/variables/*",
    ]


def test_connections_may_be_encrypted_with_a_key_of_the_users(split: Template) -> None:
    """Whoever reads them decrypts them, through Secrets Manager, and nothing else with that key."""
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
