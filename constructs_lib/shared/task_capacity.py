"""Where a task can run: the rules of Fargate, and of the EC2 instances of its stage."""

from constructs_lib.shared.capacity import Capacity, FargateStrategy
from constructs_lib.shared.fargate_size import check_fargate_size

CPU_ON_EC2 = range(128, 196_608 + 1)
"""CPU units of a task on EC2 (AWS: `RegisterTaskDefinition`)."""
LEAST_MEMORY_ON_EC2_MIB = 6
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
    if memory_mib < LEAST_MEMORY_ON_EC2_MIB:
        msg = f"memory_mib on EC2 must be at least {LEAST_MEMORY_ON_EC2_MIB}, got {memory_mib}"
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
