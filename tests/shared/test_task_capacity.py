"""Where a task can run."""

from typing import Any

import pytest

from constructs_lib.shared.capacity import Capacity, FargateStrategy
from constructs_lib.shared.task_capacity import check_stage_capacity, check_task_capacity

FARGATE: list[Capacity] = ["FARGATE", "FARGATE_SPOT", FargateStrategy(spot_percent=50)]


@pytest.mark.parametrize("capacity", FARGATE)
def test_on_fargate_a_task_has_one_of_its_sizes(capacity: Capacity) -> None:
    """On demand, on Spot, and on either."""
    check_task_capacity(capacity, cpu=256, memory_mib=512, ephemeral_storage_gib=50)
    with pytest.raises(ValueError, match="cpu must be one of"):
        check_task_capacity(capacity, cpu=300, memory_mib=512)


@pytest.mark.parametrize("cpu", [128, 300, 196_608])
def test_on_ec2_a_task_has_any_size(cpu: int) -> None:
    """Within what ECS takes; whether the instance is large enough, only AWS knows."""
    check_task_capacity("EC2", cpu=cpu, memory_mib=6)


@pytest.mark.parametrize(
    ("size", "sentence"),
    [
        ({"cpu": 127, "memory_mib": 512}, "cpu on EC2 must be 128 to 196608 CPU units, got 127"),
        ({"cpu": 196_609, "memory_mib": 512}, "cpu on EC2 must be 128 to 196608 CPU units, got 196609"),
        ({"cpu": 256, "memory_mib": 5}, "memory_mib on EC2 must be at least 6, got 5"),
        ({"cpu": 256, "memory_mib": 512, "ephemeral_storage_gib": 50}, "ephemeral_storage_gib is for Fargate"),
    ],
)
def test_what_ec2_does_not_take_is_refused(size: dict[str, Any], sentence: str) -> None:
    """In a sentence that names the key."""
    with pytest.raises(ValueError, match=f"^{sentence}"):
        check_task_capacity("EC2", **size)


def test_one_task_has_no_base() -> None:
    """It would be within the base, and never on Spot."""
    with pytest.raises(ValueError, match=r"^capacity\.on_demand_base is for services.*, got 1$"):
        check_task_capacity(FargateStrategy(spot_percent=50, on_demand_base=1), cpu=256, memory_mib=512)


@pytest.mark.parametrize("capacity", FARGATE)
@pytest.mark.parametrize("ec2_architecture", [None, "ARM64"])
def test_fargate_is_everywhere(capacity: Capacity, ec2_architecture: str | None) -> None:
    """With both processors, whatever instances there are."""
    for architecture in ("ARM64", "X86_64"):
        check_stage_capacity(capacity, architecture=architecture, ec2_architecture=ec2_architecture)


def test_ec2_is_where_there_are_instances_with_the_processor() -> None:
    """Elsewhere it is refused with the way out."""
    check_stage_capacity("EC2", architecture="ARM64", ec2_architecture="ARM64")
    with pytest.raises(ValueError, match=r"^'EC2' needs architecture 'ARM64', which .*, got 'X86_64'$"):
        check_stage_capacity("EC2", architecture="X86_64", ec2_architecture="ARM64")
    for none in (None, ""):
        with pytest.raises(ValueError, match=r"^'EC2' needs instances: give the stage ec2_capacity"):
            check_stage_capacity("EC2", architecture="ARM64", ec2_architecture=none)
