"""Where ECS runs the tasks that DAGs start."""

import random
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from airflow_fargate.stack import given
from constructs_lib.shared.bad_input import refusal
from constructs_lib.shared.capacity import (
    Capacity,
    FargateStrategy,
    capacity_provider_strategy,
    check_stage_capacity,
    check_stage_size,
    check_task_capacity,
    ec2_provider,
)

NO_INSTANCES = "none"
"""What stands for a processor where the stage has no EC2 instances."""
FEW_INSTANCES = [{"type": "binpack", "field": "memory"}]
"""ECS's placement strategy for a task on EC2: beside others, so that instances become idle and end."""


class _Chosen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    capacity: Capacity


def checked_capacity(
    task: str, capacity: object, settings: Mapping[str, Any], *, cpu: object, memory_mib: object
) -> Capacity:
    """
    Return the *capacity* that *task* is to have, whose `task.toml` says *settings*.

    Raises:
        ValueError: there is no such capacity, or not in this stage, or the task does not fit it.

    """
    try:
        chosen = _Chosen(capacity=capacity).capacity  # type: ignore[arg-type] # that is the question
    except ValidationError as error:
        raise ValueError(str(refusal(error, _Chosen, task))) from None
    check_size(task, chosen, cpu, memory_mib, ephemeral_storage_gib=settings.get("ephemeral_storage_gib"))
    try:
        check_stage_capacity(
            chosen,
            architecture=settings.get("architecture", given("ARCHITECTURE")),
            ec2_architecture=given("EC2_ARCHITECTURE").removeprefix(NO_INSTANCES),
        )
    except ValueError as error:
        msg = f"{task}: capacity {error}"
        raise ValueError(msg) from None
    return chosen


def check_size(
    task: str, capacity: Capacity, cpu: object, memory_mib: object, *, ephemeral_storage_gib: int | None = None
) -> None:
    """
    Refuse a size that *capacity* does not offer or the stage does not allow; a template is checked when the task runs.

    Raises:
        ValueError: naming the task and the sizes that there are.

    """
    if isinstance(cpu, int) and isinstance(memory_mib, int):
        try:
            check_task_capacity(capacity, cpu=cpu, memory_mib=memory_mib, ephemeral_storage_gib=ephemeral_storage_gib)
            check_stage_size(
                cpu,
                memory_mib,
                max_cpu=int(given("MAX_TASK_CPU")),
                max_memory_mib=int(given("MAX_TASK_MEMORY_MIB")),
            )
        except ValueError as error:
            msg = f"{task}: {error}"
            raise ValueError(msg) from None


def strategy_of(capacity: Capacity) -> list[dict[str, Any]]:
    """
    Return the capacity provider strategy for one task.

    Of a mix one provider is drawn by the share of Spot: ECS weighs the tasks of one call, and each task has its own.
    """
    if isinstance(capacity, FargateStrategy):
        spot = random.randrange(100) < capacity.spot_percent  # noqa: S311 nobody gains by guessing it
        capacity = "FARGATE_SPOT" if spot else "FARGATE"
    [item] = capacity_provider_strategy(capacity, ec2_provider=ec2_provider(given("CLUSTER")))
    return [{"capacityProvider": item.capacity_provider, "weight": item.weight}]
