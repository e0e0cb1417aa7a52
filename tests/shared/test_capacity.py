"""What a capacity is, how ECS gets it, and which sizes fit where."""

import itertools
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from constructs_lib.shared.bad_input import refusal
from constructs_lib.shared.capacity import (
    MEMORY_MIB,
    Capacity,
    FargateStrategy,
    StrategyItem,
    capacity_provider_strategy,
    check_fargate_size,
    check_stage_capacity,
    check_task_capacity,
    ec2_provider,
    uses_spot,
)

BOTH = "must be on Fargate or on EC2, because ECS accepts no strategy with both"


class Service(BaseModel):
    """Something that has a capacity."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    capacity: Capacity = "FARGATE"


@pytest.mark.parametrize(
    ("capacity", "items"),
    [
        ("FARGATE", [("FARGATE", 1, 0)]),
        ("FARGATE_SPOT", [("FARGATE_SPOT", 1, 0)]),
        ("EC2", [("airflow-dev-ec2", 1, 0)]),
        (FargateStrategy(spot_percent=0), [("FARGATE", 100, 0)]),
        (FargateStrategy(spot_percent=0, on_demand_base=2), [("FARGATE", 100, 2)]),
        (FargateStrategy(spot_percent=80), [("FARGATE", 20, 0), ("FARGATE_SPOT", 80, 0)]),
        (FargateStrategy(spot_percent=80, on_demand_base=1), [("FARGATE", 20, 1), ("FARGATE_SPOT", 80, 0)]),
        (FargateStrategy(spot_percent=100), [("FARGATE_SPOT", 100, 0)]),
    ],
)
def test_the_strategy_is_what_was_asked_for(capacity: Capacity, items: list[tuple[str, int, int]]) -> None:
    """A strategy has one provider, or weights and a base without a weight of 0."""
    found = capacity_provider_strategy(capacity, ec2_provider=ec2_provider("airflow-dev"))

    assert found == tuple(StrategyItem(*item) for item in items)


@pytest.mark.parametrize("capacity", ["FARGATE", "FARGATE_SPOT", "EC2", *range(0, 101, 5)])
@pytest.mark.parametrize("base", [0, 3])
def test_a_strategy_is_one_that_ecs_takes(capacity: Capacity | int, base: int) -> None:
    """A strategy is within ECS's limits, and never mixes Fargate with EC2."""
    if isinstance(capacity, int):
        capacity = FargateStrategy(spot_percent=min(capacity, 99), on_demand_base=base)
    items = capacity_provider_strategy(capacity, ec2_provider="airflow-dev-ec2")

    assert all(0 < item.weight <= 1000 for item in items)
    assert len([item for item in items if item.base]) <= 1
    assert len({item.capacity_provider.startswith("FARGATE") for item in items}) == 1


def test_a_table_is_a_strategy() -> None:
    """A table of task.toml or a dictionary is the same strategy as the model."""
    assert Service(capacity={"spot_percent": 80}).capacity == FargateStrategy(spot_percent=80)  # type: ignore[arg-type] # users may write a dict


@pytest.mark.parametrize(
    ("capacity", "sentence"),
    [
        ("SPOT", "capacity must be 'FARGATE', 'FARGATE_SPOT' or 'EC2', got 'SPOT'"),
        (1, "capacity must be 'FARGATE', 'FARGATE_SPOT' or 'EC2', got 1"),
        ({}, "capacity.spot_percent is required"),
        *(
            (
                mix,
                f"capacity {BOTH}, got {mix!r}",
            )
            for mix in (["FARGATE", "EC2"], {"FARGATE": 50, "EC2": 50}, {"spot_percent": 50, "ec2_percent": 50})
        ),
        ({"spot_percent": 101}, "capacity.spot_percent must be less than or equal to 100, got 101"),
        ({"spot_percent": -1}, "capacity.spot_percent must be greater than or equal to 0, got -1"),
        ({"spot_percent": 50.0}, "capacity.spot_percent must be a valid integer, got 50.0"),
        (
            {"spot_percent": 50, "on_demand_base": -1},
            "capacity.on_demand_base must be greater than or equal to 0, got -1",
        ),
        ({"spot_percnt": 50}, "capacity.spot_percnt is unknown; did you mean 'spot_percent'?"),
        (
            {"spot_percent": 100, "on_demand_base": 1},
            (
                "capacity must have a spot_percent of 99 or less with on_demand_base, got 100: ECS runs no task on a"
                " capacity provider with the weight 0"
            ),
        ),
    ],
)
def test_a_wrong_capacity_is_refused(capacity: Any, sentence: str) -> None:  # noqa: ANN401 any value of a user
    """A wrong capacity is refused with its key, its value and what is allowed."""
    with pytest.raises(ValidationError) as refused:
        Service(capacity=capacity)

    assert str(refusal(refused.value, Service, "file")) == f"file: {sentence}"


@pytest.mark.parametrize(
    ("capacity", "wanted"),
    [
        ("FARGATE", False),
        ("EC2", False),
        (FargateStrategy(spot_percent=0), False),
        (FargateStrategy(spot_percent=1, on_demand_base=9), True),
        ("FARGATE_SPOT", True),
    ],
)
def test_spot_is_known(capacity: Capacity, wanted: bool) -> None:
    """A capacity with any share of Spot can be interrupted."""
    assert uses_spot(capacity) is wanted


# AWS: "Task CPU and memory", CPU units with the minimum and the maximum memory in GiB and the step.
GRID = [
    (256, 0.5, 2, None),
    (512, 1, 4, 1),
    (1024, 2, 8, 1),
    (2048, 4, 16, 1),
    (4096, 8, 30, 1),
    (8192, 16, 60, 4),
    (16384, 32, 120, 8),
]


def test_the_grid_is_whole() -> None:
    """The table of sizes has all of Fargate's from 0.25 to 16 vCPU."""
    assert list(MEMORY_MIB) == [cpu for cpu, *_ in GRID]


@pytest.mark.parametrize(("cpu", "minimum", "maximum", "step"), GRID)
def test_each_row_is_aws(cpu: int, minimum: float, maximum: int, step: int | None) -> None:
    """Each row of sizes has AWS's minimum, maximum and step."""
    row = MEMORY_MIB[cpu]

    assert (row[0], row[-1]) == (minimum * 1024, maximum * 1024)
    assert step is None or {after - before for before, after in itertools.pairwise(row)} == {step * 1024}
    for memory_mib in row:
        check_fargate_size(cpu, memory_mib)


@pytest.mark.parametrize(
    ("cpu", "memory_mib", "sentence"),
    [
        (300, 512, "cpu must be one of 256, 512, 1024, 2048, 4096, 8192, 16384 CPU units, got 300"),
        (256, 4096, "memory_mib for 256 CPU units must be 512, 1024 or 2048, got 4096"),
        (512, 512, "memory_mib for 512 CPU units must be 1024 to 4096 in steps of 1024, got 512"),
        (1024, 2049, "memory_mib for 1024 CPU units must be 2048 to 8192 in steps of 1024, got 2049"),
        (8192, 17408, "memory_mib for 8192 CPU units must be 16384 to 61440 in steps of 4096, got 17408"),
        (16384, 126976, "memory_mib for 16384 CPU units must be 32768 to 122880 in steps of 8192, got 126976"),
    ],
)
def test_what_is_off_the_grid_is_refused(cpu: int, memory_mib: int, sentence: str) -> None:
    """A size outside the table is refused with the allowed ones."""
    with pytest.raises(ValueError, match=f"^{sentence}$"):
        check_fargate_size(cpu, memory_mib)


FARGATE: list[Capacity] = ["FARGATE", "FARGATE_SPOT", FargateStrategy(spot_percent=50)]


@pytest.mark.parametrize("capacity", FARGATE)
def test_on_fargate_a_task_has_one_of_its_sizes(capacity: Capacity) -> None:
    """Every capacity on Fargate requires one of Fargate's sizes."""
    check_task_capacity(capacity, cpu=256, memory_mib=512, ephemeral_storage_gib=50)
    with pytest.raises(ValueError, match="cpu must be one of"):
        check_task_capacity(capacity, cpu=300, memory_mib=512)


@pytest.mark.parametrize("cpu", [128, 300, 196_608])
def test_on_ec2_a_task_has_any_size(cpu: int) -> None:
    """On EC2 any size within ECS's limits is accepted."""
    check_task_capacity("EC2", cpu=cpu, memory_mib=6)


@pytest.mark.parametrize(
    ("size", "sentence"),
    [
        ({"cpu": 127, "memory_mib": 512}, "cpu on EC2 must be 128 to 196608 CPU units, got 127"),
        ({"cpu": 196_609, "memory_mib": 512}, "cpu on EC2 must be 128 to 196608 CPU units, got 196609"),
        ({"cpu": 256, "memory_mib": 5}, "memory_mib on EC2 must be 6 or more, got 5"),
        ({"cpu": 256, "memory_mib": 512, "ephemeral_storage_gib": 50}, "ephemeral_storage_gib is only for Fargate"),
    ],
)
def test_what_ec2_does_not_take_is_refused(size: dict[str, Any], sentence: str) -> None:
    """A size above ECS's limits on EC2 is refused with its key."""
    with pytest.raises(ValueError, match=f"^{sentence}"):
        check_task_capacity("EC2", **size)


def test_one_task_has_no_base() -> None:
    """A base for a single task is refused."""
    with pytest.raises(ValueError, match=r"^capacity\.on_demand_base is only for services, got 1; "):
        check_task_capacity(FargateStrategy(spot_percent=50, on_demand_base=1), cpu=256, memory_mib=512)


@pytest.mark.parametrize("capacity", FARGATE)
@pytest.mark.parametrize("ec2_architecture", [None, "ARM64"])
def test_fargate_is_everywhere(capacity: Capacity, ec2_architecture: str | None) -> None:
    """Fargate is accepted with both processors."""
    for architecture in ("ARM64", "X86_64"):
        check_stage_capacity(capacity, architecture=architecture, ec2_architecture=ec2_architecture)


def test_ec2_is_where_there_are_instances_with_the_processor() -> None:
    """EC2 is accepted only with instances of the processor, and otherwise refused with what to do."""
    check_stage_capacity("EC2", architecture="ARM64", ec2_architecture="ARM64")
    with pytest.raises(ValueError, match=r"^'EC2' needs architecture 'ARM64', which .*, got 'X86_64'$"):
        check_stage_capacity("EC2", architecture="X86_64", ec2_architecture="ARM64")
    for none in (None, ""):
        with pytest.raises(ValueError, match=r"^'EC2' needs instances; set ec2_capacity of the stage"):
            check_stage_capacity("EC2", architecture="ARM64", ec2_architecture=none)
