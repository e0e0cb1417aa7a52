"""Promises of whom AWS sees."""

import pytest
from moto import mock_aws

from constructs_lib.aws_session import aws_session

ROLE = "arn:aws:iam::123456789012:role/deploy"


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the caller credentials that belong to nobody."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")


@mock_aws
def test_a_role_is_taken() -> None:
    """AWS sees the role, and in its session's name what uses it."""
    session = aws_session("eu-central-1", ROLE, name="make-status")

    assert session.client("sts").get_caller_identity()["Arn"].endswith(":assumed-role/deploy/make-status")
    assert session.region_name == "eu-central-1"


@mock_aws
def test_without_a_role_it_is_the_caller() -> None:
    """With the credentials that boto3 finds."""
    session = aws_session("eu-central-1", None, name="make-status")

    assert ":assumed-role/" not in session.client("sts").get_caller_identity()["Arn"]
