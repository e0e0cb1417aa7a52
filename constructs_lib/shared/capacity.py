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
"""The amounts of memory in MiB that Fargate offers for each number of CPU units (1024 are one vCPU)."""
MAX_CPU = max(MEMORY_MIB)
MAX_MEMORY_MIB = max(MEMORY_MIB[MAX_CPU])


def check_fargate_size(cpu: int, memory_mib: int) -> None:
    """
    Refuse a pair that Fargate does not offer.

    Raises:
        ValueError: the sentence names the pair and what Fargate offers instead.

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
    Tasks on Fargate and on Fargate Spot: the first ones run on demand, and a share of the others on Spot.

    EC2 is not possible here: ECS accepts no strategy with Fargate and an auto-scaling group (AWS: "Amazon ECS capacity
    providers").
    """

    spot_percent: int = Field(ge=0, le=ALL_ON_SPOT)
    """Share of the tasks above the base that run on Spot, in percent."""
    on_demand_base: int = Field(default=0, ge=0, le=100_000)
    """Number of tasks that run on demand before any runs on Spot. ECS's maximum is 100,000."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.on_demand_base and self.spot_percent == ALL_ON_SPOT:
            msg = (
                "must have a spot_percent of 99 or less with on_demand_base, got"
                f" {self.spot_percent}: ECS runs no task on"
                " a capacity provider with the weight 0"
            )
            raise ValueError(msg)
        return self


def _not_mixed(value: object) -> object:
    names = value if isinstance(value, dict | list | tuple) else ()
    on_ec2 = ["ec2" in str(name).lower() for name in names]
    if any(on_ec2) and not all(on_ec2):
        msg = f"must be on Fargate or on EC2, because ECS accepts no strategy with both, got {value!r}"
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
`FARGATE`: on demand. `FARGATE_SPOT`: cheaper, but AWS can stop a task with two minutes' notice. `EC2`: on instances of
the stage. `FargateStrategy`: a mix of the first two.
"""


class StrategyItem(NamedTuple):
    """An item of ECS's capacity provider strategy (AWS: `CapacityProviderStrategyItem`)."""

    capacity_provider: str
    weight: int
    base: int = 0


def capacity_provider_strategy(capacity: Capacity, *, ec2_provider: str) -> tuple[StrategyItem, ...]:
    """Return the strategy with which ECS places the tasks of a service; *ec2_provider* is the provider for EC2."""
    match capacity:
        case FargateStrategy(spot_percent=spot, on_demand_base=base):
            items = (StrategyItem("FARGATE", ALL_ON_SPOT - spot, base), StrategyItem("FARGATE_SPOT", spot))
            return tuple(item for item in items if item.weight)
        case "EC2":
            return (StrategyItem(ec2_provider, 1),)
        case _:
            return (StrategyItem(capacity, 1),)


def ec2_provider(stack: str) -> str:
    """Return the name of the capacity provider of the EC2 instances of *stack*, `airflow-<stage>`."""
    return f"{stack}-ec2"


def uses_spot(capacity: Capacity) -> bool:
    """Return whether AWS can stop tasks with two minutes' notice."""
    return capacity == "FARGATE_SPOT" or (isinstance(capacity, FargateStrategy) and capacity.spot_percent > 0)


CPU_ON_EC2 = range(128, 196_608 + 1)
"""CPU units of a task on EC2 (AWS: `RegisterTaskDefinition`)."""
MIN_MEMORY_ON_EC2_MIB = 6
"""The minimum of Docker for a container (AWS: `ContainerDefinition`)."""


def check_task_capacity(
    capacity: Capacity, *, cpu: int, memory_mib: int, ephemeral_storage_gib: int | None = None
) -> None:
    """
    Refuse a task that no stage can run with *capacity*.

    Raises:
        ValueError: the sentence names the key, the value and what is allowed.

    """
    if isinstance(capacity, FargateStrategy) and capacity.on_demand_base:
        msg = (
            f"capacity.on_demand_base is only for services, got {capacity.on_demand_base}; remove it,"
            " because each start of"
            " a task would count as the first and run on demand"
        )
        raise ValueError(msg)
    if capacity != "EC2":
        check_fargate_size(cpu, memory_mib)
        return
    if ephemeral_storage_gib:
        msg = (
            f"ephemeral_storage_gib is only for Fargate, got {ephemeral_storage_gib}; on EC2, tasks"
            " share the disk of their"
            " instance: set ec2_capacity.root_volume_gib in stages.py"
        )
        raise ValueError(msg)
    if cpu not in CPU_ON_EC2:
        msg = f"cpu on EC2 must be {CPU_ON_EC2[0]} to {CPU_ON_EC2[-1]} CPU units, got {cpu}"
        raise ValueError(msg)
    if memory_mib < MIN_MEMORY_ON_EC2_MIB:
        msg = f"memory_mib on EC2 must be {MIN_MEMORY_ON_EC2_MIB} or more, got {memory_mib}"
        raise ValueError(msg)


def check_stage_capacity(capacity: Capacity, *, architecture: str, ec2_architecture: str | None) -> None:
    """
    Refuse `EC2` if the stage has no instances, or instances of another *architecture*.

    Without instances *ec2_architecture* is None or "".

    Raises:
        ValueError: the sentence continues after the name of the capacity's key.

    """
    if capacity != "EC2":
        return
    if not ec2_architecture:
        msg = "'EC2' needs instances; set ec2_capacity of the stage in stages.py, or use 'FARGATE'"
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
            msg = f"{key} must not be higher than {maximum}, the stage's max_task_{key}, got {size}"
            raise ValueError(msg)
