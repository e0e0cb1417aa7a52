"""Promises of how a user names a secret."""

import pytest

from constructs_lib.settings.secret import SecretName, parse_secret_name

SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:team/token-a1B2c3"
MANAGED = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds!db-0a1b-a1B2c3"
PARAMETER = "arn:aws-cn:ssm:cn-north-1:123456789012:parameter/team/token"


@pytest.mark.parametrize(
    ("text", "service", "whole", "part"),
    [
        ("/team/token", "ssm", "/team/token", ""),
        (PARAMETER, "ssm", PARAMETER, ""),
        ("team/token", "secretsmanager", "team/token", ""),
        ("rds!db-0a1b", "secretsmanager", "rds!db-0a1b", ""),
        ("a_+=.@!-1", "secretsmanager", "a_+=.@!-1", ""),
        ("a" * 512, "secretsmanager", "a" * 512, ""),
        (SECRET, "secretsmanager", SECRET, ""),
        (
            SECRET.replace("team/token", "rds!db-0a1b"),
            "secretsmanager",
            SECRET.replace("team/token", "rds!db-0a1b"),
            "",
        ),
    ],
)
def test_each_form_is_known(text: str, service: str, whole: str, part: str) -> None:
    """Parameters by path and secrets by name or ARN are accepted."""
    name = parse_secret_name(text)

    assert (name.service, name.whole, name.part) == (service, whole, part)
    assert name.is_arn is whole.startswith("arn:")


@pytest.mark.parametrize("whole", ["prod/db", SECRET])
@pytest.mark.parametrize(
    ("written", "part"),
    [
        (":password", ":password::"),
        (":password::", ":password::"),
        (":password:AWSPREVIOUS", ":password:AWSPREVIOUS:"),
        (":pass-word.2::0a1b", ":pass-word.2::0a1b"),
        ("::AWSPREVIOUS", "::AWSPREVIOUS:"),
        (":::", ""),
        (":", ""),
    ],
)
def test_a_key_and_a_version_may_follow(whole: str, written: str, part: str) -> None:
    """A key and a version can follow a name or an ARN, in ECS's form."""
    assert parse_secret_name(whole + written) == SecretName("secretsmanager", whole, part)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "two words",
        "//a",
        "/a:key",
        "a:b:c:d:e",
        "a:b c",
        "a" * 513,
        "name\n",
        "n\N{LATIN SMALL LETTER A WITH DIAERESIS}me",
        "arn:aws:s3:::bucket",
        "arn:aws:secretsmanager:x",
        SECRET.removesuffix("-a1B2c3"),
        f"{PARAMETER}:key",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    """Any other text is refused, also an ARN without its last six characters."""
    with pytest.raises(
        ValueError, match="must be the name of a secret in Secrets Manager, the path of an SSM parameter"
    ):
        parse_secret_name(text)


def test_a_version_has_one_name() -> None:
    """A version stage together with a version id is refused."""
    with pytest.raises(ValueError, match="must name either a version stage or a version id, got both in"):
        parse_secret_name("a:key:AWSCURRENT:0a1b")
