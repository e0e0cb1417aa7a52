"""Statements as people write them into settings."""

import pytest
from pydantic import ValidationError

from constructs_lib.settings.permission import Permission

ARN = "arn:aws:s3:::vendor/*"


def test_a_narrow_statement_is_taken() -> None:
    """A statement with some actions and resources is accepted."""
    assert Permission(actions=("s3:Get*",), resources=(ARN,)).actions == ("s3:Get*",)
    assert Permission(actions=("ec2:DescribeRegions",), resources=("*",)).resources == ("*",)


@pytest.mark.parametrize(
    "resource",
    [
        "arn:aws:s3:::home/${aws:username}/*",
        "arn:aws:s3:::home/${aws:PrincipalTag/team, 'none'}/a b",
        "arn:*:ec2:*:123456789012:instance/*",
        "arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:rds!db-??????",
        "arn:aws:iam::aws:policy/ReadOnlyAccess",
        "arn:aws:s3:::a",
    ],
)
def test_an_arn_may_have_what_iam_gives_a_meaning(resource: str) -> None:
    """An ARN can have wildcards, policy variables and any character of a name."""
    assert Permission(actions=("s3:GetObject",), resources=(resource,)).resources == (resource,)


@pytest.mark.parametrize(
    "action", ["*", "s3:*", "s3:**", "s3:?*", "*:GetObject", "s3", "s3:", ":GetObject", "", "s3:Get Object", "s3:${x}"]
)
def test_an_action_is_not_a_whole_service(action: str) -> None:
    """A wildcard for all actions is refused."""
    with pytest.raises(ValidationError, match="must be a service and an action such as 's3:GetObject'"):
        Permission(actions=(action,), resources=(ARN,))


@pytest.mark.parametrize(
    "resource", ["bucket", "", "**", "s3://bucket", "arn:", "arn:aws:s3", "arn:${x}:s3:::a", "arn:aws:s3:::a\nb"]
)
def test_a_resource_is_an_arn(resource: str) -> None:
    """A resource that is neither an ARN nor `*` is refused."""
    with pytest.raises(ValidationError, match="must be an ARN, or '\\*'"):
        Permission(actions=("s3:GetObject",), resources=(resource,))


@pytest.mark.parametrize("empty", ["actions", "resources"])
def test_neither_is_empty(empty: str) -> None:
    """Empty actions or resources are refused."""
    with pytest.raises(ValidationError, match="at least 1 item"):
        Permission(**{"actions": ("s3:GetObject",), "resources": (ARN,)} | {empty: ()})
