"""Where tasks run (on Fargate, on Fargate Spot, or on the EC2 instances of the stage), and which sizes fit there."""

from typing import Annotated, Literal, NamedTuple, Self

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from constructs_lib.shared.user_model import UserModel

GIB = 1024

MEMORY_MIB: dict[int, tuple[int, ...]] = {
    256: (512, 1 * GIB, 2 * GIB),
    512: tuple(range(1 * GIB, 4 * GIB + 1, GIB)),
    1024: tuple(range(2 * GIB, 8 * GIB + 1, GIB)),
    2048: tuple(range(4 * GIB, 16 * GIB + 1, GIB)),
    4096: tuple(range(8 * GIB, 30 * GIB + 1, GIB)),
    8192: tuple(range(16 * GIB, 60 * GIB + 1, 4 * GIB)),
    16384: tuple(range(32 * GIB, 120 * GIB + 1, 8 * GIB)),
}
"""For each number of CPU units (1024 are one vCPU) the amounts of memory that go with it, in MiB."""
MAX_CPU = max(MEMORY_MIB)
MAX_MEMORY_MIB = max(MEMORY_MIB[MAX_CPU])


def check_fargate_size(cpu: int, memory_mib: int) -> None:
    """
    Refuse a pair that Fargate does not offer.

    Raises:
        ValueError: naming the pair and what is offered instead.

    """
    if cpu not in MEMORY_MIB:
        msg = f"cpu must be one of {', '.join(map(str, MEMORY_MIB))} CPU units, got {cpu}"
        raise ValueError(msg)
    if memory_mib not in MEMORY_MIB[cpu]:
        minimum, *_, maximum = MEMORY_MIB[cpu]
        step = MEMORY_MIB[cpu][-1] - MEMORY_MIB[cpu][-2]
        msg = f"memory_mib for {cpu} CPU units must be {minimum} to {maximum} in steps of {step}, got {memory_mib}"
        if cpu == min(MEMORY_MIB):
            msg = f"memory_mib for {cpu} CPU units must be 512, 1024 or 2048, got {memory_mib}"
        raise ValueError(msg)


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


CPU_ON_EC2 = range(128, 196_608 + 1)
"""CPU units of a task on EC2 (AWS: `RegisterTaskDefinition`)."""
MIN_MEMORY_ON_EC2_MIB = 6
"""What Docker gives a container at least (AWS: `ContainerDefinition`)."""


def check_task_capacity(
    capacity: Capacity, *, cpu: int, memory_mib: int, ephemeral_storage_gib: int | None = None
) -> None:
    """
    Refuse what no stage could run with *capacity*.

    Raises:
        ValueError: naming the key, what was got and what is allowed.

    """
    if isinstance(capacity, FargateStrategy) and capacity.on_demand_base:
        msg = (
            "capacity.on_demand_base is for services, which have several tasks at a time: each start of this one is"
            f" the first, and would be on demand, got {capacity.on_demand_base}"
        )
        raise ValueError(msg)
    if capacity != "EC2":
        check_fargate_size(cpu, memory_mib)
        return
    if ephemeral_storage_gib:
        msg = (
            "ephemeral_storage_gib is for Fargate: on EC2 tasks share the disk of their instance, which"
            f" ec2_capacity.root_volume_gib sizes, got {ephemeral_storage_gib}"
        )
        raise ValueError(msg)
    if cpu not in CPU_ON_EC2:
        msg = f"cpu on EC2 must be {CPU_ON_EC2[0]} to {CPU_ON_EC2[-1]} CPU units, got {cpu}"
        raise ValueError(msg)
    if memory_mib < MIN_MEMORY_ON_EC2_MIB:
        msg = f"memory_mib on EC2 must be at least {MIN_MEMORY_ON_EC2_MIB}, got {memory_mib}"
        raise ValueError(msg)


def check_stage_capacity(capacity: Capacity, *, architecture: str, ec2_architecture: str | None) -> None:
    """
    Refuse `EC2` for what is built for *architecture* where no instance has it; None or "": there are no instances.

    Raises:
        ValueError: saying what is missing, in words that follow the name of the capacity's key.

    """
    if capacity != "EC2":
        return
    if not ec2_architecture:
        msg = "'EC2' needs instances: give the stage ec2_capacity in stages.py, or use 'FARGATE'"
        raise ValueError(msg)
    if architecture != ec2_architecture:
        msg = f"'EC2' needs architecture {ec2_architecture!r}, which the stage's instances have, got {architecture!r}"
        raise ValueError(msg)


def check_stage_size(cpu: int, memory_mib: int, *, max_cpu: int, max_memory_mib: int) -> None:
    """
    Refuse a task that is larger than what the stage's settings allow.

    Raises:
        ValueError: naming the key, the setting and the size.

    """
    for key, size, maximum in (("cpu", cpu, max_cpu), ("memory_mib", memory_mib, max_memory_mib)):
        if size > maximum:
            msg = f"{key} must be at most {maximum}, which is max_task_{key} in stages.py, got {size}"
            raise ValueError(msg)
