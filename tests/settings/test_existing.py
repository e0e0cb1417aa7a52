"""What a team already runs."""

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from constructs_lib.settings.existing import ExistingDatabase, ExistingNetwork

NETWORK = {
    "vpc_id": "vpc-0a1b2c3d",
    "private_subnet_ids": ("subnet-1", "subnet-2"),
    "public_subnet_ids": ("subnet-3", "subnet-4"),
}
DATABASE: dict[str, Any] = {
    "host": "db.example.com",
    "secret_arn": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:db-a1B2c3",
    "security_group_id": "sg-0a1b2c3d",
}


def test_a_database_is_airflows_by_default() -> None:
    """An existing database has PostgreSQL's port and the stack's name by default."""
    database = ExistingDatabase(**DATABASE)

    assert (database.port, database.name) == (5432, "airflow")


@pytest.mark.parametrize(
    ("model", "values", "key", "value", "expected"),
    [
        (ExistingNetwork, NETWORK, "vpc_id", "10.0.0.0/16", "must be a VPC's id such as"),
        (ExistingNetwork, NETWORK, "private_subnet_ids", (), "at least 1 item"),
        (ExistingNetwork, NETWORK, "private_subnet_ids", ("subnet-1", "subnet-1"), "must name each subnet once"),
        (ExistingNetwork, NETWORK, "public_subnet_ids", ("a", "b"), "must be a subnet's id such as"),
        (ExistingNetwork, NETWORK, "public_subnet_ids", ("subnet-1",) * 17, "at most 16 items"),
        (ExistingDatabase, DATABASE, "host", "https://db", "must be a host's name or address without scheme and port"),
        (ExistingDatabase, DATABASE, "port", 0, "greater than or equal to 1"),
        (ExistingDatabase, DATABASE, "port", 65536, "less than or equal to 65535"),
        (ExistingDatabase, DATABASE, "name", "", "at least 1 character"),
        (ExistingDatabase, DATABASE, "name", "a" * 64, "at most 63 characters"),
        (ExistingDatabase, DATABASE, "secret_arn", "db", "must be a secret's whole ARN, such as"),
        (ExistingDatabase, DATABASE, "secret_name", "/db", "must be the name of a secret in Secrets Manager, such as"),
        (ExistingDatabase, DATABASE, "username_key", "user:name", "must be a key of the secret's JSON, without"),
        (ExistingDatabase, DATABASE, "password_key", "", "must be a key of the secret's JSON, without"),
        (ExistingDatabase, DATABASE, "security_group_id", "default", "must be a security group's id such as"),
    ],
)
def test_a_wrong_value_is_refused(
    model: type[BaseModel], values: dict[str, Any], key: str, value: object, expected: str
) -> None:
    """A wrong value is refused before Terraform runs."""
    with pytest.raises(ValidationError) as refused:
        model(**values | {key: value})

    error, *_ = refused.value.errors()
    assert error["loc"][0] == key
    assert expected in error["msg"]


@pytest.mark.parametrize(
    ("secrets", "sentence"),
    [
        ({"secret_name": "db"}, "secret_arn and secret_name exclude each other: got both, remove one"),
        (
            {"secret_arn": None},
            "needs the secret with the user and the password: set secret_arn or secret_name",
        ),
    ],
)
def test_a_database_has_one_secret(secrets: dict[str, Any], sentence: str) -> None:
    """An existing database has its secret by ARN or by name, not both."""
    with pytest.raises(ValidationError, match=sentence):
        ExistingDatabase(**DATABASE | secrets)


def test_a_secret_may_have_any_name_and_keys() -> None:
    """The secret of an existing database can have any name and keys."""
    values = DATABASE | {"secret_arn": None, "secret_name": "rds!db-0a1b", "username_key": "user", "password_key": "pw"}

    assert ExistingDatabase(**values).secrets == {"username": "rds!db-0a1b:user", "password": "rds!db-0a1b:pw"}
