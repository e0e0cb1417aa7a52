"""Resources whose address or role changes on a stage that is deployed."""

import json
from typing import Any

import pytest

from constructs_lib.settings.settings import Settings
from tests.terraform.deployment import Deploy, Deployment
from tests.variants import NETWORK

pytestmark = pytest.mark.terraform
IMAGE = "registry.example.com/airflow:1"
RULE = "aws_vpc_security_group_ingress_rule.load_balancer_from_"
MOUNT_TARGET = "aws_efs_mount_target.file_system_mount_target_"


def rename(deployment: Deployment, names: dict[str, str]) -> None:
    """Give resources in the state the addresses that they had in an earlier version."""
    for now, then in names.items():
        deployment.terraform("state", "mv", now, then)


def changes(plan: dict[str, Any]) -> dict[str, list[str]]:
    """Return what a plan does to each address that it changes."""
    return {
        each["address"]: each["change"]["actions"]
        for each in plan["resource_changes"]
        if each["change"]["actions"] not in (["no-op"], ["read"])
    }


def test_what_was_addressed_by_position_is_moved(deploy: Deploy) -> None:
    """Rules and mount targets of an earlier version are moved to their new addresses without a change."""
    cidrs = ("203.0.113.0/24", "198.51.100.0/24")
    deployment = deploy(Settings(stage="dev", existing_network=NETWORK, allowed_cidrs=cidrs, airflow_image=IMAGE))

    deployment.apply()
    rename(
        deployment,
        {
            f"{RULE}203_0_113_0_24": f"{RULE}network1",
            f"{RULE}198_51_100_0_24": f"{RULE}network2",
            f"{MOUNT_TARGET}subnet_0a": f"{MOUNT_TARGET}a",
            f"{MOUNT_TARGET}subnet_0b": f"{MOUNT_TARGET}b",
            f"{MOUNT_TARGET}subnet_0c": f"{MOUNT_TARGET}c",
        },
    )

    assert changes(deployment.plan()) == {}


def test_a_replaced_role_has_its_policy_in_the_same_apply(deploy: Deploy) -> None:
    """Another `role_path` replaces all roles with their policies in one apply."""
    deployment = deploy(Settings(stage="dev", airflow_image=IMAGE))
    deployment.apply()
    deployment.compose(deployment.settings.model_copy(update={"role_path": "/teams/data/"}))
    planned = changes(deployment.plan())
    deployment.apply("plan")
    second = deployment.try_terraform("plan", "-detailed-exitcode")

    assert planned["aws_iam_role.airflow_task"] == ["delete", "create"]
    assert planned["aws_iam_role_policy.airflow_task"] == ["delete", "create"]
    assert second.returncode == 0, second.stdout


def test_a_region_with_too_few_zones_fails_in_the_plan(deploy: Deploy) -> None:
    """A region with too few zones fails in the plan with their number."""
    deployment = deploy(Settings(stage="dev", region="us-west-1", availability_zones=3, airflow_image=IMAGE))
    refused = deployment.try_apply()

    assert refused.returncode == 1
    output = " ".join(refused.stdout.replace("│", " ").split())
    assert (
        "availability_zones is 3, and us-west-1 offers this account 2: us-west-1a, us-west-1c. Choose a smaller number"
        " or another region." in output
    )
    assert not [each for each in map(json.loads, deployment.cloud.files().values()) if each["type"] == "aws_vpc"]
