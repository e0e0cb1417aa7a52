"""Where tasks run: on Fargate, on its spare capacity, on both, or on the EC2 instances of the stage."""

from typing import Annotated, Literal, NamedTuple, Self

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from constructs_lib.shared.user_model import UserModel

ALL_ON_SPOT = 100


class FargateStrategy(UserModel):
    """
    Tasks on Fargate and on Fargate Spot together: the first ones on demand, of the others a share on Spot.

    There is no EC2 in it, for ECS takes no strategy with Fargate and an auto-scaling group (AWS: "Amazon ECS capacity
    providers").
    """

    spot_percent: int = Field(ge=0, le=ALL_ON_SPOT)
    """The share of the tasks above the base that runs on Spot."""
    on_demand_base: int = Field(default=0, ge=0, le=100_000)
    """How many tasks run on demand before any runs on Spot; ECS takes 100,000 at most."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.on_demand_base and self.spot_percent == ALL_ON_SPOT:
            msg = (
                "must have a spot_percent of 99 at most beside on_demand_base, for ECS runs no task where the weight"
                f" is 0, got {self.spot_percent}"
            )
            raise ValueError(msg)
        return self


def _not_mixed(value: object) -> object:
    names = value if isinstance(value, dict | list | tuple) else ()
    on_ec2 = ["ec2" in str(name).lower() for name in names]
    if any(on_ec2) and not all(on_ec2):
        msg = f"must be on Fargate or on EC2, for ECS takes no strategy with both, got {value!r}"
        raise ValueError(msg)
    return value


def _form(value: object) -> str:
    return "[strategy]" if isinstance(value, dict | FargateStrategy) else "[name]"


Capacity = Annotated[
    Annotated[Literal["FARGATE", "FARGATE_SPOT", "EC2"], Tag("[name]")] | Annotated[FargateStrategy, Tag("[strategy]")],
    Discriminator(_form),
    BeforeValidator(_not_mixed),
]
"""
`FARGATE`: on demand. `FARGATE_SPOT`: cheaper, and AWS may stop a task with two minutes' notice. `EC2`: on instances of
the stage. Or a mix of the first two.
"""


class StrategyItem(NamedTuple):
    """An item of ECS's capacity provider strategy (AWS: `CapacityProviderStrategyItem`)."""

    capacity_provider: str
    weight: int
    base: int = 0


def capacity_provider_strategy(capacity: Capacity, *, ec2_provider: str) -> tuple[StrategyItem, ...]:
    """Return the strategy by which ECS places the tasks of a service; *ec2_provider* is what EC2 is called in it."""
    match capacity:
        case FargateStrategy(spot_percent=spot, on_demand_base=base):
            items = (StrategyItem("FARGATE", ALL_ON_SPOT - spot, base), StrategyItem("FARGATE_SPOT", spot))
            return tuple(item for item in items if item.weight)
        case "EC2":
            return (StrategyItem(ec2_provider, 1),)
        case _:
            return (StrategyItem(capacity, 1),)


def ec2_provider(stack: str) -> str:
    """Return what the capacity provider of the EC2 instances of *stack*, `airflow-<stage>`, is called."""
    return f"{stack}-ec2"


def uses_spot(capacity: Capacity) -> bool:
    """Return whether AWS may stop tasks with two minutes' notice."""
    return capacity == "FARGATE_SPOT" or (isinstance(capacity, FargateStrategy) and capacity.spot_percent > 0)
