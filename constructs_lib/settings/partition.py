"""The partitions of AWS: groups of regions, each with ARNs and host names of its own."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from constructs_lib.shared.bad_input import nearest


@dataclass(frozen=True)
class Partition:
    """
    A partition, as botocore's `partitions.json` and the endpoints of Amazon ECR name it, with its *regions*.

    `dns_suffix` ends the host names of its services, `dual_stack_suffix` those of ECR's dual-stack registries.
    `own_endpoints` are the services whose VPC endpoints have that suffix in their names. The names of other endpoints
    start with `com.amazonaws` (AWS CDK, `vpc-endpoint.ts`).
    """

    name: str
    regions: tuple[str, ...]
    dns_suffix: str
    dual_stack_suffix: str
    own_endpoints: frozenset[str] = frozenset()

    def endpoint_service_name(self, region: str, service: str) -> str:
        """Return the name by which a VPC endpoint in *region* calls *service*."""
        suffix = self.dns_suffix if service in self.own_endpoints else COMMERCIAL.dns_suffix
        return ".".join([*reversed(suffix.split(".")), region, service])

    @property
    def ec2_principal(self) -> str:
        """EC2 as a role's trust names it; the other services have one name in all partitions."""
        return f"ec2.{self.dns_suffix}" if self.name == "aws-cn" else "ec2.amazonaws.com"


COMMERCIAL = Partition(
    "aws",
    (
        *("af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1"),
        *("ap-south-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5"),
        *("ap-southeast-6", "ap-southeast-7", "ca-central-1", "ca-west-1", "eu-central-1", "eu-central-2"),
        *("eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3", "il-central-1"),
        *("me-central-1", "me-south-1", "mx-central-1", "sa-east-1", "us-east-1", "us-east-2", "us-west-1"),
        "us-west-2",
    ),
    "amazonaws.com",
    "on.aws",
)
PARTITIONS = (
    COMMERCIAL,
    Partition("aws-cn", ("cn-north-1", "cn-northwest-1"), "amazonaws.com.cn", "on.amazonwebservices.com.cn"),
    Partition(
        "aws-eusc",
        ("eusc-de-east-1",),
        "amazonaws.eu",
        "on.amazonwebservices.eu",
        frozenset({"ecr.api", "ecr.dkr", "execute-api", "securityhub"}),
    ),
    Partition("aws-us-gov", ("us-gov-east-1", "us-gov-west-1"), "amazonaws.com", "on.aws"),
)
"""The partitions that customers reach over the internet. AWS's isolated ones (`us-iso-...`) are not supported."""


def partition_of(region: str) -> Partition:
    """
    Return the partition that *region* is in.

    Raises:
        ValueError: no partition has such a region.

    """
    for partition in PARTITIONS:
        if region in partition.regions:
            return partition
    hint = nearest(region, [name for each in PARTITIONS for name in each.regions])
    msg = (
        "must be a region such as eu-central-1, us-gov-west-1, cn-north-1 or eusc-de-east-1,"
        f" got {region!r}{f'; {hint}' if hint.startswith('did') else ''}"
    )
    raise ValueError(msg)


def foreign_arns(value: object, *, partition: str, key: str = "") -> Iterator[str]:
    """
    Yield a sentence for each ARN of another partition in *value*: AWS finds nothing there.

    *key* is the place of *value*. Environment variables are free text.
    """
    if isinstance(value, Mapping):
        for name, each in value.items():
            if name != "environment":
                yield from foreign_arns(each, partition=partition, key=f"{key}.{name}" if key else name)
    elif isinstance(value, list | tuple):
        for index, each in enumerate(value):
            yield from foreign_arns(each, partition=partition, key=f"{key}.{index}")
    elif isinstance(value, str) and value.startswith("arn:"):
        found = value.split(":")[1]
        if found not in (partition, "*"):
            yield f"{key} must be an ARN of the stage's partition, arn:{partition}:..., got {value!r}"


def arn_pattern(service: str, resource: str, *, account: str = r"\d{12}", regional: bool = True) -> str:
    """
    Return the regular expression of the ARNs of *resource*, itself one, in *service* of any partition.

    IAM is not *regional*: its ARNs name no region (IAM User Guide, "Amazon Resource Names").
    """
    places = "|".join(
        f"{each.name}:{service}:{'(?:' + '|'.join(each.regions) + ')' if regional else ''}" for each in PARTITIONS
    )
    return f"arn:(?:{places}):(?:{account}):{resource}"


def ecr_repository_arn(uri: str) -> str | None:
    """
    Return the ARN of the ECR repository that the image *uri* is in; None: it is in no private registry of ECR.

    A registry answers under four names: `dkr.ecr` and `dkr-ecr`, which is dual-stack, each also with `-fips`.
    """
    found = re.fullmatch(r"(\d{12})\.dkr([.-])ecr(?:-fips)?\.([a-z0-9-]+)\.([a-z.]+)/([^:@]+)[:@].+", uri)
    if not found:
        return None
    account, separator, region, suffix, name = found.groups()
    try:
        partition = partition_of(region)
    except ValueError:
        return None
    if suffix != (partition.dns_suffix if separator == "." else partition.dual_stack_suffix):
        return None
    return f"arn:{partition.name}:ecr:{region}:{account}:repository/{name}"
