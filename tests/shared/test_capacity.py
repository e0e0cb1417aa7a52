"""What a capacity is, and what ECS is told of it."""

from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from constructs_lib.shared.bad_input import refusal
from constructs_lib.shared.capacity import (
    Capacity,
    FargateStrategy,
    StrategyItem,
    capacity_provider_strategy,
    ec2_provider,
    uses_spot,
)

BOTH = "must be on Fargate or on EC2, for ECS takes no strategy with both"


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
    """One provider alone, or the shares as weights with the base on demand; a weight of 0 is left out."""
    found = capacity_provider_strategy(capacity, ec2_provider=ec2_provider("airflow-dev"))

    assert found == tuple(StrategyItem(*item) for item in items)


@pytest.mark.parametrize("capacity", ["FARGATE", "FARGATE_SPOT", "EC2", *range(0, 101, 5)])
@pytest.mark.parametrize("base", [0, 3])
def test_a_strategy_is_one_that_ecs_takes(capacity: Capacity | int, base: int) -> None:
    """Weights from 1 to 1,000, one base at most, and Fargate never beside an auto-scaling group."""
    if isinstance(capacity, int):
        capacity = FargateStrategy(spot_percent=min(capacity, 99), on_demand_base=base)
    items = capacity_provider_strategy(capacity, ec2_provider="airflow-dev-ec2")

    assert all(0 < item.weight <= 1000 for item in items)
    assert len([item for item in items if item.base]) <= 1
    assert len({item.capacity_provider.startswith("FARGATE") for item in items}) == 1


def test_a_table_is_a_strategy() -> None:
    """What a `task.toml` or a dictionary says is the same as the model."""
    assert Service(capacity={"spot_percent": 80}).capacity == FargateStrategy(spot_percent=80)  # type: ignore[arg-type]


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
                "capacity must have a spot_percent of 99 at most beside on_demand_base, for ECS runs no task where the"
                " weight is 0, got 100"
            ),
        ),
    ],
)
def test_a_wrong_capacity_is_refused(capacity: Any, sentence: str) -> None:  # noqa: ANN401 whatever a user writes
    """The sentence names the key, what was got and what is allowed."""
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
    """Also a small share of it lets AWS stop tasks."""
    assert uses_spot(capacity) is wanted
