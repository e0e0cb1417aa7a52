"""EC2 instances that a stage gets, and gives up again."""

from itertools import pairwise
from typing import Any

import pytest

from constructs_lib.settings.capacity import Ec2Capacity
from constructs_lib.settings.settings import Settings
from constructs_lib.settings.worker_pool import WorkerPool
from tests.terraform.deployment import Deploy, Deployment

pytestmark = pytest.mark.terraform

FARGATE, EC2 = {"metal": WorkerPool()}, {"metal": WorkerPool(capacity="EC2")}
INSTANCES = {"ec2_capacity": Ec2Capacity(instance_type="m7i.large", max_instances=2)}
ORDER = (
    "aws_ecs_service",
    "aws_ecs_cluster_capacity_providers",
    "aws_ecs_capacity_provider",
    "aws_autoscaling_group",
    "aws_ecs_cluster",
)
"""Resources that AWS requires to be deleted before the next one."""


def changes(deployment: Deployment) -> dict[str, list[str]]:
    """Return what a plan would do, by address, without what stays and is only read."""
    return {
        each["address"]: each["change"]["actions"]
        for each in deployment.plan()["resource_changes"]
        if each["change"]["actions"] not in (["no-op"], ["read"])
    }


def become(deployment: Deployment, **settings: Any) -> None:  # noqa: ANN401 any value of a setting
    """Compose the stage with *settings* changed."""
    deployment.compose(deployment.settings.model_copy(update=settings))


@pytest.fixture(name="deployment", scope="module")
def _deployment(deploy: Deploy) -> Deployment:
    """Make a stage without instances."""
    deployment = deploy(Settings(stage="dev", worker_pools=FARGATE))
    deployment.apply()
    return deployment


def test_instances_come_and_go_in_place(deployment: Deployment) -> None:
    """A pool moves to EC2 and back without replacing its service or the cluster."""
    before = deployment.addresses()

    become(deployment, **INSTANCES, worker_pools=EC2)
    there = changes(deployment)
    deployment.apply()
    become(deployment, **INSTANCES)
    back = changes(deployment)
    deployment.apply()
    become(deployment)
    deployment.apply()

    assert there["aws_ecs_service.worker_metal"] == back["aws_ecs_service.worker_metal"] == ["update"]
    assert there["aws_autoscaling_group.cluster_container_instances"] == ["create"]
    assert "aws_ecs_cluster.cluster" not in there | back
    assert deployment.addresses() == before


def test_what_is_used_goes_after_what_uses_it(deployment: Deployment) -> None:
    """Instances are destroyed after the services that use them and before their cluster."""
    become(deployment, **INSTANCES, worker_pools=EC2)
    deployment.apply()

    output = deployment.destroy().splitlines()

    def lines(kind: str, word: str) -> list[int]:
        return [number for number, line in enumerate(output) if line.startswith(f"{kind}.") and word in line]

    for first, second in pairwise(ORDER):
        assert max(lines(first, ": Destruction complete")) < min(lines(second, ": Destroying..."))
    assert deployment.cloud.files() == {}
