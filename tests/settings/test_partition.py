"""Promises of the partitions of AWS."""

import json
import re
from pathlib import Path

import botocore
import pytest

from constructs_lib.settings.partition import PARTITIONS, ecr_repository_arn, partition_of
from tests.template import Template
from tests.variants import changed

BOTOCORE = {
    each["id"]: each
    for each in json.loads((Path(botocore.__file__).parent / "data/partitions.json").read_text())["partitions"]
}
"""What the AWS SDK knows of partitions."""
ISOLATED = {"aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f"}


def test_the_partitions_are_those_of_the_sdk() -> None:
    """The partitions and their suffixes are those of botocore."""
    known = {name: each["outputs"]["dnsSuffix"] for name, each in BOTOCORE.items() if name not in ISOLATED}

    assert {each.name: each.dns_suffix for each in PARTITIONS} == known


@pytest.mark.parametrize("name", BOTOCORE)
def test_each_region_is_in_the_partition_that_the_sdk_has(name: str) -> None:
    """Each region of botocore is in its partition, and an isolated or unknown one is refused."""
    for region in BOTOCORE[name]["regions"].keys() - {f"{name}-global"}:
        if name in ISOLATED:
            with pytest.raises(ValueError, match="must be a region such as"):
                partition_of(region)
        else:
            assert partition_of(region).name == name


def test_there_are_no_other_regions() -> None:
    """A region that botocore does not know is refused."""
    known = {region for each in BOTOCORE.values() for region in each["regions"]}

    assert {region for each in PARTITIONS for region in each.regions} <= known


@pytest.mark.parametrize(
    ("host", "partition"),
    [
        ("dkr.ecr.eu-central-1.amazonaws.com", "aws"),
        ("dkr.ecr-fips.us-east-1.amazonaws.com", "aws"),
        ("dkr-ecr.eu-central-1.on.aws", "aws"),
        ("dkr-ecr-fips.us-east-1.on.aws", "aws"),
        ("dkr.ecr.cn-north-1.amazonaws.com.cn", "aws-cn"),
        ("dkr-ecr.cn-north-1.on.amazonwebservices.com.cn", "aws-cn"),
        ("dkr.ecr.us-gov-west-1.amazonaws.com", "aws-us-gov"),
        ("dkr.ecr-fips.us-gov-west-1.amazonaws.com", "aws-us-gov"),
        ("dkr.ecr.eusc-de-east-1.amazonaws.eu", "aws-eusc"),
        ("dkr-ecr.eusc-de-east-1.on.amazonwebservices.eu", "aws-eusc"),
    ],
)
def test_every_name_of_a_registry_leads_to_its_repository(host: str, partition: str) -> None:
    """Every name of an ECR registry leads to the ARN of its repository."""
    region = host.split(".")[1 if "dkr-ecr" in host else 2]
    arn = f"arn:{partition}:ecr:{region}:123456789012:repository/team/airflow"

    assert ecr_repository_arn(f"123456789012.{host}/team/airflow:1") == arn
    assert ecr_repository_arn(f"123456789012.{host}/team/airflow@sha256:{'0' * 64}") == arn


@pytest.mark.parametrize(
    "uri",
    [
        "registry.example.com/a:1",
        "public.ecr.aws/a/b:1",
        "123456789012.dkr.ecr.eu-central-1.amazonaws.com.cn/a:1",
        "123456789012.dkr-ecr.eu-central-1.amazonaws.com/a:1",
        "123456789012.dkr.ecr.nowhere-1.amazonaws.com/a:1",
    ],
)
def test_what_is_in_no_registry_of_ecr_has_no_repository(uri: str) -> None:
    """An image outside ECR has no repository."""
    assert ecr_repository_arn(uri) is None


@pytest.mark.parametrize(
    ("region", "service", "name"),
    [
        ("eu-central-1", "ecr.api", "com.amazonaws.eu-central-1.ecr.api"),
        ("us-gov-west-1", "ecr.dkr", "com.amazonaws.us-gov-west-1.ecr.dkr"),
        ("cn-north-1", "s3", "com.amazonaws.cn-north-1.s3"),
        ("eusc-de-east-1", "ecr.dkr", "eu.amazonaws.eusc-de-east-1.ecr.dkr"),
        ("eusc-de-east-1", "secretsmanager", "com.amazonaws.eusc-de-east-1.secretsmanager"),
    ],
)
def test_endpoints_have_the_names_of_their_partition(region: str, service: str, name: str) -> None:
    """Names of endpoints follow the partition, with the own suffix for some services."""
    assert partition_of(region).endpoint_service_name(region, service) == name


def stage_in(region: str) -> Template:
    """Return a stage with a pool, with EC2, and with endpoints for what it calls, which China does not have."""
    instances = {"instance_type": "m7i.large", "max_instances": 1}
    nat = "single" if region.startswith("cn-") else "none"
    return changed("compact", region=region, nat=nat, worker_pools={"default": {}}, ec2_capacity=instances)


@pytest.mark.parametrize("region", ["cn-north-1", "us-gov-west-1", "eusc-de-east-1"])
def test_a_stage_in_another_partition_names_nothing_of_the_commercial_one(region: str) -> None:
    """A stage in another partition has no ARN or principal of the commercial one."""
    template = stage_in(region)
    principal = partition_of(region).ec2_principal
    text = json.dumps(template.document)
    endpoints = {each["service_name"] for each in template.all("aws_vpc_endpoint").values()}
    named = set(re.findall(r"[\w.-]*amazonaws[\w.-]*", text)) - endpoints

    assert "arn:aws:" not in text
    # Services in trust policies have these names in all partitions.
    assert named == {
        *("ecs-tasks.amazonaws.com", "scheduler.amazonaws.com", principal),
        # Of the pattern for the service through which a role decrypts, which holds in all partitions.
        f"secretsmanager.{region}.amazonaws.",
    }
    assert principal == ("ec2.amazonaws.com.cn" if region == "cn-north-1" else "ec2.amazonaws.com")
    assert principal in template.all("aws_iam_role")["cluster_container_instances_profile"]["assume_role_policy"]


def test_the_endpoints_of_a_closed_stage_have_those_names() -> None:
    """The endpoints of a closed network have the names of their partition."""
    template = stage_in("eusc-de-east-1")
    names = {each["service_name"] for each in template.all("aws_vpc_endpoint").values()}

    assert {"eu.amazonaws.eusc-de-east-1.ecr.api", "com.amazonaws.eusc-de-east-1.s3"} <= names
