"""The kinds of value that settings are made of, each with what AWS allows."""

import ipaddress
import re
from typing import Annotated, Literal
from unicodedata import is_normalized

from pydantic import AfterValidator, BeforeValidator, Field

from constructs_lib.settings import secret
from constructs_lib.settings.partition import arn_pattern, ecr_repository_arn, partition_of
from constructs_lib.shared.ecs import is_tag

LOG_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""The retentions CloudWatch Logs knows (API reference, `PutRetentionPolicy`)."""

ECR_EXAMPLE = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/a:1"

OLDEST_AWS_PROVIDER = (6, 25, 0)
"""The version whose schema the bindings have: an older one may not know what they write."""


def _aws_provider_version(value: str) -> str:
    found = re.fullmatch(r"(6)\.(\d{1,4})\.(\d{1,4})", value, re.ASCII)
    if not found or tuple(map(int, found.groups())) < OLDEST_AWS_PROVIDER:
        msg = f"must be an exact version 6.x.y of the AWS provider, 6.25.0 or newer, got {value!r}"
        raise ValueError(msg)
    return value


def _network(value: str) -> ipaddress.IPv4Network:
    try:
        return ipaddress.IPv4Network(value)
    except ValueError as error:
        msg = f"must be an IPv4 network such as 10.0.0.0/16, got {value!r} ({error})"
        raise ValueError(msg) from None


def _cidr(value: str) -> str:
    return str(_network(value))


def _vpc_cidr(value: str) -> str:
    # AWS allows a VPC /16 to /28; below /23 the public subnets, a 32nd each, would be smaller than AWS's least, /28.
    prefix = _network(value).prefixlen
    if not 16 <= prefix <= 23:  # noqa: PLR2004 the numbers' reason stands above
        msg = f"must be a /16 to a /23, so that each subnet has at least the 16 addresses AWS asks for, got {value!r}"
        raise ValueError(msg)
    return str(_network(value))


def _retention(value: int) -> int:
    if value not in LOG_RETENTION_DAYS:
        msg = f"must be a retention CloudWatch knows ({', '.join(map(str, LOG_RETENTION_DAYS))}), got {value}"
        raise ValueError(msg)
    return value


def _tags(value: dict[str, str]) -> dict[str, str]:
    # AWS: "Tag naming limits and requirements". Terraform composes characters (NFC), so that others would not arrive.
    for key, text in value.items():
        if not (is_tag(key, text) and is_normalized("NFC", key) and is_normalized("NFC", text)):
            msg = (
                "must have keys of 1 to 128 characters without the prefix 'aws:' and values up to 256,"
                f" all of letters, digits, spaces and _.:/=+-@, got {key!r} with {text!r}"
            )
            raise ValueError(msg)
    return value


def _listed(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _region(value: str) -> str:
    partition_of(value)
    return value


def _image(value: str) -> str:
    registry = value.partition("/")[0]
    if re.match(r"\d{12}\.dkr[.-]", registry) and not ecr_repository_arn(value):
        msg = f"must be an image of a registry that ECR has, such as {ECR_EXAMPLE}, got the registry {registry!r}"
        raise ValueError(msg)
    return value


Listed = BeforeValidator(_listed)
"""Takes a list for a tuple, which a strict model would refuse."""


def like(pattern: str, allowed: str) -> AfterValidator:
    """Take text that matches *pattern* whole; *allowed* says in words what that is."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value, re.ASCII):
            msg = f"must be {allowed}, got {value!r}"
            raise ValueError(msg)
        return value

    return AfterValidator(check)


Stage = Annotated[
    str,
    # 13, because a target group's name, airflow-<stage>-api-server, has 32 characters at most; no hyphen, so that no
    # stage's prefix airflow-<stage>- begins another's.
    like(r"[a-z][a-z0-9]{0,12}", "1 to 13 lower-case letters and digits that begin with a letter"),
]
AwsProviderVersion = Annotated[str, AfterValidator(_aws_provider_version)]
AccountId = Annotated[str, like(r"\d{12}", "an account id of 12 digits")]
Region = Annotated[str, AfterValidator(_region)]
IAM_PATH = r"(?:[\w+=,.@-]+/)*"
"""The path of a role or policy, in the characters of names; IAM allows any printable ASCII there."""
RoleArn = Annotated[
    str,
    like(
        # IAM API reference, `CreateRole`.
        arn_pattern("iam", rf"role/{IAM_PATH}[\w+=,.@-]{{1,64}}", regional=False),
        "a role's ARN such as arn:aws:iam::123456789012:role/deploy",
    ),
]
PolicyArn = Annotated[
    str,
    like(
        # IAM API reference, `CreatePolicy`.
        arn_pattern("iam", rf"policy/{IAM_PATH}[\w+=,.@-]{{1,128}}", account=r"\d{12}|aws", regional=False),
        "a policy's ARN such as arn:aws:iam::123456789012:policy/boundary",
    ),
]
CertificateArn = Annotated[
    str,
    like(
        arn_pattern("acm", r"certificate/[A-Za-z0-9-]+"),
        "an ACM certificate's ARN such as arn:aws:acm:eu-central-1:123456789012:certificate/0a1b",
    ),
]
Cidr = Annotated[str, AfterValidator(_cidr)]
VpcCidr = Annotated[str, AfterValidator(_vpc_cidr)]
RetentionDays = Annotated[int, AfterValidator(_retention)]
RolePath = Annotated[
    str, like(r"/([\w+=,.@-]{1,60}/){0,3}", "a path that begins and ends with '/', such as /teams/data/")
]
TagKey = Annotated[
    # AWS: "Tag naming limits and requirements".
    str, like(r"(?!aws:)[A-Za-z0-9 _.:/=+@-]{1,128}", "a tag's key of 1 to 128 letters, digits, spaces and _.:/=+-@")
]
Tags = Annotated[dict[str, str], AfterValidator(_tags), Field(max_length=40)]
DomainName = Annotated[
    str, like(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}", "a domain name such as airflow.example.com")
]
HostedZoneId = Annotated[str, like(r"Z[A-Z0-9]{1,31}", "a hosted zone's id such as Z0123456789ABCDEFGHIJ")]
ImageUri = Annotated[
    str,
    like(
        r"[a-z0-9.-]+(:\d+)?/[a-z0-9._/-]+(:[\w.-]+|@sha256:[0-9a-f]{64})",
        f"an image with its registry and a tag or digest, such as {ECR_EXAMPLE}",
    ),
    AfterValidator(_image),
]
Registry = Annotated[
    str,
    like(
        r"(?!\d{12}\.dkr[.-])[a-z0-9.-]+(:\d+)?",
        "a registry's host such as registry.example.com, but none of ECR's, which need no login",
    ),
]
TASK_NAME = r"[a-z][a-z0-9]*([_-][a-z0-9]+)*"
"""The name of a folder of `tasks/`."""
TaskName = Annotated[str, like(TASK_NAME, "a folder of tasks/ such as number_task")]
BucketName = Annotated[
    str, like(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", "a bucket's name: 3 to 63 of a-z, 0-9, '.' and '-'")
]
StateKeyPrefix = Annotated[
    str,
    # Characters that S3 calls safe in keys; "." and ".." would be folders to other programs.
    like(
        r"(?:[A-Za-z0-9_-][A-Za-z0-9._-]{0,62}/){0,8}",
        "up to 8 words of letters, digits, '.', '_' and '-', each with '/' behind it, such as teams/data/",
    ),
]
UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
KmsKeyArn = Annotated[
    str,
    like(
        # As Terraform's backend `s3` has it: a UUID of RFC 4122, or the id of a multi-Region key.
        arn_pattern("kms", rf"key/(?:{UUID}|mrk-[0-9a-f]{{32}})"),
        "a KMS key's ARN such as arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d",
    ),
]
InstanceClass = Annotated[str, like(r"db\.[a-z0-9-]+\.[a-z0-9-]+", "an RDS instance class such as db.t4g.small")]
InstanceType = Annotated[
    str, like(r"[a-z][a-z0-9-]*\d[a-z0-9-]*\.[a-z0-9-]+", "an EC2 instance type such as m7g.large")
]
EndpointService = Annotated[
    str, like(r"[a-z0-9]+([.-][a-z0-9]+)*", "a service as VPC endpoints name it, such as kms or monitoring")
]
Host = Annotated[
    str, like(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", "a host's name or address without scheme and port")
]
SubnetId = Annotated[str, like(r"subnet-[0-9a-f]+", "a subnet's id such as subnet-0a1b2c3d")]
VpcId = Annotated[str, like(r"vpc-[0-9a-f]+", "a VPC's id such as vpc-0a1b2c3d")]
SecurityGroupId = Annotated[str, like(r"sg-[0-9a-f]+", "a security group's id such as sg-0a1b2c3d")]
SecretArn = Annotated[
    str,
    like(
        secret.ARN,
        "a secret's whole ARN, such as arn:aws:secretsmanager:eu-central-1:123456789012:secret:airflow-a1B2c3",
    ),
]
SecretName = Annotated[str, like(secret.NAME, "the name of a secret in Secrets Manager, such as prod/airflow/database")]
SecretKey = Annotated[str, like(r"[^:\s]{1,128}", "a key of the secret's JSON, without ':' and spaces")]
LogMode = Literal["blocking", "non-blocking"]
"""
What a container's output does when CloudWatch Logs takes it too slowly: stop the program, or fill a buffer and lose
lines (docs/decisions/0026-blocking-logs-of-tasks.md).
"""
