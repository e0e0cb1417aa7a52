"""The kinds of values in the settings, each with the values that AWS allows."""

import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal
from unicodedata import is_normalized

from pydantic import AfterValidator, BeforeValidator, Field

from constructs_lib.settings import secret
from constructs_lib.settings.partition import arn_pattern, ecr_repository_arn, partition_of
from constructs_lib.shared.bad_input import nearest
from constructs_lib.shared.ecs import is_tag

LOG_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""The retentions that CloudWatch Logs accepts (API reference, `PutRetentionPolicy`)."""

ECR_EXAMPLE = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/a:1"

NOT_FOR_HOSTS = {
    "0.0.0.0/8": "no host has such an address",
    "127.0.0.0/8": "each host reaches only itself there",
    "169.254.0.0/16": "they are link-local addresses",
    "224.0.0.0/4": "they are multicast addresses",
    "240.0.0.0/4": "they are reserved",
}
"""Networks that are not routed (IANA IPv4 Special-Purpose Address Registry, RFC 5771 for multicast)."""

BUCKET_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
BUCKET_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
"""Reserved for other uses (Amazon S3: "General purpose bucket naming rules")."""

WHOLE_ENDPOINT_SERVICE = r"(?:[a-z]+\.)+amazonaws\.[a-z]+(?:-[a-z]+)+-\d\.[a-z0-9]+(?:[.-][a-z0-9]+)*"
"""
The name of an endpoint service with its region, for services that `endpoint_services.txt` does not list.

That file contains the services of AWS CDK's `vpc-endpoint.ts`. Some have a second endpoint that ends with `-fips`.
"""

OLDEST_AWS_PROVIDER = (6, 25, 0)
"""The bindings are made from the schema of this version. An older one may not accept what they write."""


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
    network = _network(value)
    for reserved, what in NOT_FOR_HOSTS.items():
        if network.subnet_of(ipaddress.IPv4Network(reserved)):
            msg = f"must be a network that hosts have addresses in, got {value!r}, part of {reserved}: {what}"
            raise ValueError(msg)
    return str(network)


def _vpc_cidr(value: str) -> str:
    # AWS allows a VPC /16 to /28. Below /23 the public subnets, a 32nd each, would be smaller than AWS's minimum, /28.
    prefix = _network(value).prefixlen
    if not 16 <= prefix <= 23:  # noqa: PLR2004 the numbers' reason stands above
        msg = f"must be a /16 to a /23, so that each subnet has the 16 addresses that AWS requires, got {value!r}"
        raise ValueError(msg)
    return _cidr(value)


def _bucket_name(value: str) -> str:
    fault = next((f"start with {each!r}" for each in BUCKET_PREFIXES if value.startswith(each)), None)
    fault = fault or next((f"end with {each!r}" for each in BUCKET_SUFFIXES if value.endswith(each)), None)
    if ".." in value:
        fault = "contain two adjacent periods"
    elif re.fullmatch(r"\d+(\.\d+){3}", value, re.ASCII):
        fault = "look like an IP address"
    if fault:
        msg = f'must not {fault} (Amazon S3: "General purpose bucket naming rules"), got {value!r}'
        raise ValueError(msg)
    return value


def _endpoint_service(value: str) -> str:
    known = Path(__file__).with_name("endpoint_services.txt").read_text(encoding="utf-8").split()
    if value.removesuffix("-fips") not in known and not re.fullmatch(WHOLE_ENDPOINT_SERVICE, value):
        hint = nearest(value, known)
        msg = (
            "must be a service as VPC endpoints name it, such as kms, or its whole name, such as"
            f" com.amazonaws.eu-central-1.kms, got {value!r}{f'; {hint}' if hint.startswith('did') else ''}"
        )
        raise ValueError(msg)
    return value


def _retention(value: int) -> int:
    if value not in LOG_RETENTION_DAYS:
        msg = f"must be a retention of CloudWatch Logs ({', '.join(map(str, LOG_RETENTION_DAYS))}), got {value}"
        raise ValueError(msg)
    return value


def _tags(value: dict[str, str]) -> dict[str, str]:
    # AWS: "Tag naming limits and requirements". Terraform composes characters (NFC), so that others would not arrive.
    for key, text in value.items():
        if not (is_tag(key, text) and is_normalized("NFC", key) and is_normalized("NFC", text)):
            msg = (
                "must have keys of 1 to 128 characters without the prefix 'aws:' and values of up to 256 characters,"
                f" both of letters, digits, spaces and _.:/=+-@, got {key!r} with {text!r}"
            )
            raise ValueError(msg)
    return value


def _listed(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _region(value: str) -> str:
    partition_of(value)
    return value


def _registry(value: str) -> str:
    _image(f"{value}/airflow:1")
    return value


def _image(value: str) -> str:
    registry = value.partition("/")[0]
    if re.match(r"\d{12}\.dkr[.-]", registry) and not ecr_repository_arn(value):
        msg = f"must be in a registry of ECR that exists, such as {ECR_EXAMPLE}, got the registry {registry!r}"
        raise ValueError(msg)
    return value


Listed = BeforeValidator(_listed)
"""Accept a list in place of a tuple, which a strict model would refuse."""


@dataclass(frozen=True)
class Like:
    """A rule of text: it matches *pattern* as a whole; *allowed* describes it in words."""

    pattern: str
    allowed: str

    def __call__(self, value: str) -> str:
        """Return *value*, or raise `ValueError` if it does not match."""
        if not re.fullmatch(self.pattern, value, re.ASCII):
            msg = f"must be {self.allowed}, got {value!r}"
            raise ValueError(msg)
        return value


def like(pattern: str, allowed: str) -> AfterValidator:
    """Accept text that matches *pattern* as a whole; *allowed* describes it in words."""
    return AfterValidator(Like(pattern, allowed))


Stage = Annotated[
    str,
    # 13, because the maximum for a target group's name, airflow-<stage>-api-server, is 32. No hyphen, so that the
    # prefix airflow-<stage>- of one stage is not the start of another's.
    like(r"[a-z][a-z0-9]{0,12}", "1 to 13 lower-case letters and digits, the first one a letter"),
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
    str, like(r"/([\w+=,.@-]{1,60}/){0,3}", "a path that starts and ends with '/', such as /teams/data/")
]
TagKey = Annotated[
    # AWS: "Tag naming limits and requirements".
    str, like(r"(?!aws:)[A-Za-z0-9 _.:/=+@-]{1,128}", "a tag's key of 1 to 128 letters, digits, spaces and _.:/=+-@")
]
Tags = Annotated[dict[str, str], AfterValidator(_tags), Field(max_length=40)]
LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
"""A label of a host's name (RFC 1123, section 2.1). The maximum for a whole name is 253 characters."""
DomainName = Annotated[
    str,
    like(
        rf"(?=.{{1,253}}$)(?!.*[A-Z])({LABEL}\.)+(?=[a-z][a-z0-9-]+$){LABEL}",
        "a domain name such as airflow.example.com, in lower case, of up to 253 characters and up to"
        " 63 between two periods",
    ),
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
ImageRegistry = Annotated[
    str,
    like(
        r"[a-z0-9.-]+(:\d+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*",
        f"a registry, with a path or without, such as {ECR_EXAMPLE.rpartition('/')[0]}",
    ),
    AfterValidator(_registry),
]
Registry = Annotated[
    str,
    like(
        r"(?!\d{12}\.dkr[.-])[a-z0-9.-]+(:\d+)?",
        "a registry's host such as registry.example.com; registries of ECR need no login",
    ),
]
TASK_NAME = r"[a-z][a-z0-9]*([_-][a-z0-9]+)*"
"""The name of a folder of `tasks/`."""
TaskName = Annotated[str, like(TASK_NAME, "a folder of tasks/ such as number_task")]
BucketName = Annotated[
    str,
    like(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", "a bucket's name: 3 to 63 of a-z, 0-9, '.' and '-'"),
    AfterValidator(_bucket_name),
]
StateKeyPrefix = Annotated[
    str,
    # Characters that are safe in keys of S3. "." and ".." are folders to other programs.
    like(
        r"(?:[A-Za-z0-9_-][A-Za-z0-9._-]{0,62}/){0,8}",
        "up to 8 words of letters, digits, '.', '_' and '-', each with a '/' after it, such as teams/data/",
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
EndpointService = Annotated[str, AfterValidator(_endpoint_service)]
Host = Annotated[str, like(rf"(?=.{{1,253}}$)({LABEL}\.)*{LABEL}", "a host's name or address without scheme and port")]
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
What happens when CloudWatch Logs accepts a container's output too slowly: the program waits, or lines are lost
(docs/decisions/0026-blocking-logs-of-tasks.md).
"""
