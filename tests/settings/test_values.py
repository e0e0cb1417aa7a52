"""Promises of the kinds of values, in addition to the refusals of each setting in refused_settings.py."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from constructs_lib.airflow.closed_network import endpoint_services
from constructs_lib.network.endpoints import GATEWAYS, SMTP
from constructs_lib.settings import values
from constructs_lib.settings.settings import Settings
from constructs_lib.settings.worker_pool import WorkerPool

# The API's own list, of the AWS SDK's model of CloudWatch Logs ("PutRetentionPolicy").
RETENTION_DAYS = "1 3 5 7 14 30 60 90 120 150 180 365 400 545 731 1096 1827 2192 2557 2922 3288 3653"


def taken(kind: Any, value: object) -> bool:  # noqa: ANN401 an annotation has no type
    """Return whether *value* is one of *kind*."""
    try:
        TypeAdapter(kind).validate_python(value, strict=True)
    except ValidationError:
        return False
    return True


def test_the_endpoint_services_are_a_sorted_list_with_those_of_the_stack() -> None:
    """The list of endpoint services is sorted and has those of the stack."""
    services = Path(values.__file__).with_name("endpoint_services.txt").read_text().split()
    own = endpoint_services(
        Settings(stage="dev", nat="none", execute_command=True, worker_pools={"x": WorkerPool()}), ()
    )

    assert services == sorted(set(services))
    assert {*own, *GATEWAYS, SMTP, "s3"} <= set(services)


def test_retentions_are_cloudwatchs() -> None:
    """Exactly the retentions of CloudWatch Logs are accepted."""
    assert list(values.LOG_RETENTION_DAYS) == [int(days) for days in RETENTION_DAYS.split()]


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (values.Stage, ["d", "dev2", "a" * 13], ["a" * 14, "a-b", "a_b", "2dev"]),
        (
            values.Region,
            ["us-east-1", "us-gov-west-1", "ap-southeast-4"],
            ["us-east", "us_east_1", "eu-central-\N{ARABIC-INDIC DIGIT ONE}"],
        ),
        (values.AccountId, ["012345678901"], ["12345678901", "1234567890123", "\N{ARABIC-INDIC DIGIT ONE}" * 12]),
        (
            values.RoleArn,
            ["arn:aws-us-gov:iam::123456789012:role/a/b", "arn:aws:iam::123456789012:role/a+=,.@-_"],
            [
                "role/a",
                "arn:aws:iam::1:role/a",
                "arn:aws:iam::123456789012:role/x${1}; touch x;",
                "arn:aws:iam::123456789012:role/",
                "arn:x:iam::123456789012:role/a",
                "arn:aws:iam::123456789012:role//a",
                "arn:aws:iam::123456789012:role/" + "a" * 65,
            ],
        ),
        (
            values.PolicyArn,
            ["arn:aws:iam::aws:policy/PowerUserAccess"],
            ["arn:aws:iam::aws:policy/", "arn:aws:iam::aws:policy/${x}", "arn:aws:iam::aws:policy/" + "a" * 129],
        ),
        (values.RolePath, ["/", "/a/", "/a/b/c/"], ["", "a/", "/a", "/a//", "/é/", "/a/b/c/d/"]),
        (values.VpcCidr, ["10.0.0.0/16", "192.168.0.0/23"], ["10.0.0.0/24", "10.0.0.0/8"]),
        (
            values.DomainName,
            ["airflow.example.com", "a" * 63 + ".com", "a.xn--p1ai"],
            ["localhost", "a_b.com", "-a.com", "*.a.com"],
        ),
        (
            values.ImageUri,
            ["localhost:5000/a:1", "registry.example.com/a/b@sha256:" + "0" * 64],
            ["a:1", "registry/a", "registry/a@sha256:0"],
        ),
        (
            values.BucketName,
            ["abc", "a" * 63, "a.b-c", "state-123456789012-us-east-1-an", "1.2.3"],
            ["ab", "a" * 64, "A", "-abc", "abc-"],
        ),
        (values.InstanceClass, ["db.t4g.small", "db.m7g.16xlarge"], ["db.small", "t4g.small"]),
        (
            values.Host,
            ["10.0.0.5", "db.abc.eu-central-1.rds.amazonaws.com"],
            ["", "https://db", "db:5432", "a b", "a" * 64, "a..b"],
        ),
        (values.EndpointService, ["kms", "ecr.api", "git-codecommit"], ["", "Kms", "com.amazonaws.", "a b"]),
        (
            values.CertificateArn,
            ["arn:aws:acm:eu-central-1:123456789012:certificate/0a1b-2c"],
            [
                "arn:aws:acm:eu-central-1:123456789012:certificate/a'b",
                "arn:aws-cn:acm:us-east-1:123456789012:certificate/a",
            ],
        ),
        (
            values.SecretArn,
            [
                "arn:aws:secretsmanager:eu-central-1:123456789012:secret:a/b-a1B2c3",
                "arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds!db-0a1b-a1B2c3",
            ],
            [
                "arn:aws:secretsmanager:eu-central-1:123456789012:secret:a",
                "arn:aws:secretsmanager:eu-central-1:123456789012:secret:%{x}-a1B2c3",
                "a/b",
            ],
        ),
        (
            values.Tags,
            [{"team": "Über x_.:/=+@-"}],
            [
                {"a": "b\nc"},
                {"a": "\N{ANGSTROM SIGN}"},
                {"a": "${x}"},
            ],
        ),
    ],
)
def test_a_kind_of_value_takes_what_aws_takes(kind: object, good: list[str], bad: list[str]) -> None:
    """Each kind of value accepts what AWS accepts, and refuses the rest."""
    assert [value for value in good if not taken(kind, value)] == []
    assert [value for value in bad if taken(kind, value)] == []
