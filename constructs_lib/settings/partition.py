"""The partitions of AWS: groups of regions, each with ARNs and host names of its own."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Partition:
    """
    A partition, as botocore's `partitions.json` and the endpoints of Amazon ECR name it.

    `dns_suffix` ends the host names of its services, `dual_stack_suffix` those of ECR's dual-stack registries.
    `own_endpoints` are the services whose VPC endpoints are named by that suffix, the others begin with `com.amazonaws`
    (AWS CDK, `vpc-endpoint.ts`).
    """

    name: str
    regions: str
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


COMMERCIAL = Partition("aws", r"(af|ap|ca|eu|il|me|mx|sa|us)-[a-z]+-\d", "amazonaws.com", "on.aws")
PARTITIONS = (
    COMMERCIAL,
    Partition("aws-cn", r"cn-[a-z]+-\d", "amazonaws.com.cn", "on.amazonwebservices.com.cn"),
    Partition(
        "aws-eusc",
        r"eusc-[a-z]{2}-[a-z]+-\d",
        "amazonaws.eu",
        "on.amazonwebservices.eu",
        frozenset({"ecr.api", "ecr.dkr", "execute-api", "securityhub"}),
    ),
    Partition("aws-us-gov", r"us-gov-[a-z]+-\d", "amazonaws.com", "on.aws"),
)
"""Those that customers reach over the internet; AWS's isolated regions, `us-iso-...` and the like, are none of them."""


def partition_of(region: str) -> Partition:
    """
    Return the partition that *region* is in.

    Raises:
        ValueError: none of them has such a region.

    """
    for partition in PARTITIONS:
        if re.fullmatch(partition.regions, region, re.ASCII):
            return partition
    msg = f"must be a region such as eu-central-1, us-gov-west-1, cn-north-1 or eusc-de-east-1, got {region!r}"
    raise ValueError(msg)


def arn_pattern(service: str, resource: str, *, account: str = r"\d{12}", regional: bool = True) -> str:
    """
    Return the regular expression of the ARNs of *resource*, itself one, in *service* of any partition.

    IAM is not *regional*: its ARNs name no region (IAM User Guide, "Amazon Resource Names").
    """
    places = "|".join(f"{each.name}:{service}:{each.regions if regional else ''}" for each in PARTITIONS)
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
