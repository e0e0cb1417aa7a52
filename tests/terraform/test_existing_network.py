"""Subnets that exist already, as Terraform finds them."""

import re

import pytest

from constructs_lib.settings.existing import ExistingNetwork
from constructs_lib.settings.settings import Settings
from tests.terraform.deployment import Deploy, Deployment
from tests.variants import DATABASE

pytestmark = pytest.mark.terraform

VPC = "vpc-0a1b2c3d"
NETWORK = ExistingNetwork(vpc_id=VPC, private_subnet_ids=("subnet-0a", "subnet-0b"))
FIRST, SECOND = "network_private_subnet_0a", "network_private_subnet_0b"
ZONE_A, ZONE_B = ({"vpc_id": VPC, "availability_zone": f"us-east-1{letter}"} for letter in "ab")


@pytest.fixture(name="stage", scope="module")
def _stage(deploy: Deploy) -> Deployment:
    return deploy(Settings(stage="inside", internal=True, existing_network=NETWORK, existing_database=DATABASE))


def _plan(stage: Deployment, first: dict[str, str], second: dict[str, str]) -> tuple[int, str]:
    stage.answer({"aws_subnet": {FIRST: first, SECOND: second}})
    ended = stage.try_terraform("plan")
    return ended.returncode, re.sub(r"\s*\n[\s│]*", " ", ended.stdout)


def test_two_subnets_in_one_zone_fail_in_the_plan(stage: Deployment) -> None:
    """Two subnets in one zone fail in the plan."""
    code, text = _plan(stage, ZONE_A, ZONE_A)

    assert code == 1
    assert "private_subnet_ids has two subnets in us-east-1a, the second is subnet-0b. A load balancer and EFS" in text


def test_a_subnet_of_another_vpc_fails_in_the_plan(stage: Deployment) -> None:
    """A subnet of another VPC fails in the plan with both VPCs."""
    code, text = _plan(stage, ZONE_A, ZONE_B | {"vpc_id": "vpc-9"})

    assert code == 1
    assert f"private_subnet_ids has subnet-0b, which is in vpc-9 and not in vpc_id, {VPC}." in text


def test_private_subnets_alone_are_enough(stage: Deployment) -> None:
    """An internal load balancer works with private subnets only."""
    stage.answer({"aws_subnet": {FIRST: ZONE_A, SECOND: ZONE_B}})
    stage.apply()

    assert stage.try_terraform("plan", "-detailed-exitcode").returncode == 0
    (balancer,) = stage.cloud.resources("aws_lb")
    assert sorted(balancer.attributes["subnets"]) == sorted(NETWORK.private_subnet_ids)
