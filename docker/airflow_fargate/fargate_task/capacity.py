"""The capacity of an on-demand task: its capacity provider, and what happens when ECS has no capacity."""

import logging
import random
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowRescheduleException
from pydantic import BaseModel, ConfigDict, ValidationError

from airflow_fargate.stage import stage_value
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

if TYPE_CHECKING:
    from airflow.providers.amazon.aws.exceptions import EcsOperatorError
    from airflow.sdk import Context

NO_INSTANCES = "none"
"""The value of `EC2_ARCHITECTURE` in a stage without EC2 instances."""
FEW_INSTANCES = [{"type": "binpack", "field": "memory"}]
"""ECS's placement strategy for a task on EC2: it fills an instance first, so that others become idle and end."""
TEMPORARY = ("Capacity is unavailable", "limit on the number of", "RESOURCE:")
"""
The reasons of a failed RunTask that pass: Fargate has no capacity in these Availability Zones, the account has reached
its quota, the instances are full (AWS: "Amazon ECS API failure reasons").
"""
FIRST_PAUSE_SEC, MAX_PAUSE_SEC = 10, 300
MAX_REFUSALS = 300
"""About a day; then the task fails, so that its failure is reported."""

log = logging.getLogger(__name__)


class _Chosen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    capacity: Capacity


def check_capacity(task: str, **ways: object) -> None:
    """
    Refuse more than one of the *ways* to choose the capacity of *task*.

    Raises:
        ValueError: it names them.

    """
    if len(chosen := [name for name, value in ways.items() if value]) > 1:
        msg = f"{task}: {' and '.join(chosen)} exclude each other, got both"
        raise ValueError(msg)


def checked_capacity(
    task: str, capacity: object, settings: Mapping[str, Any], *, cpu: object, memory_mib: object
) -> Capacity:
    """
    Return the *capacity* of *task*, whose `task.toml` has *settings*.

    Raises:
        ValueError: there is no such capacity, or not in this stage, or the task does not fit it.

    """
    try:
        chosen = _Chosen(capacity=capacity).capacity  # type: ignore[arg-type] # pydantic checks it
    except ValidationError as error:
        raise ValueError(str(refusal(error, _Chosen, task))) from None
    check_size(task, chosen, cpu, memory_mib, ephemeral_storage_gib=settings.get("ephemeral_storage_gib"))
    try:
        check_stage_capacity(
            chosen,
            architecture=settings.get("architecture", stage_value("ARCHITECTURE")),
            ec2_architecture=stage_value("EC2_ARCHITECTURE").removeprefix(NO_INSTANCES),
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
        ValueError: the message has the task and the sizes that exist.

    """
    if isinstance(cpu, int) and isinstance(memory_mib, int):
        try:
            check_task_capacity(capacity, cpu=cpu, memory_mib=memory_mib, ephemeral_storage_gib=ephemeral_storage_gib)
            check_stage_size(
                cpu,
                memory_mib,
                max_cpu=int(stage_value("MAX_TASK_CPU")),
                max_memory_mib=int(stage_value("MAX_TASK_MEMORY_MIB")),
            )
        except ValueError as error:
            msg = f"{task}: {error}"
            raise ValueError(msg) from None


def placement_of(capacity: object) -> dict[str, Any]:
    """Return the argument of `EcsRunTaskOperator` that places the task on an instance; on Fargate there is none."""
    return {"placement_strategy": FEW_INSTANCES if capacity == "EC2" else None}


def strategy_of(capacity: Capacity) -> list[dict[str, Any]]:
    """
    Return the capacity provider strategy for one task.

    A mix draws one provider by the share of Spot, because ECS weighs only the tasks of one call, and here each call
    starts one task.
    """
    if isinstance(capacity, FargateStrategy):
        spot = random.randrange(100) < capacity.spot_percent  # noqa: S311 not for security
        capacity = "FARGATE_SPOT" if spot else "FARGATE"
    [item] = capacity_provider_strategy(capacity, ec2_provider=ec2_provider(stage_value("CLUSTER")))
    return [{"capacityProvider": item.capacity_provider, "weight": item.weight}]


def reschedule_if_no_capacity(context: "Context", error: "EcsOperatorError") -> None:
    """
    Reschedule the task instance, as the same try, if ECS may have capacity later; no worker waits meanwhile.

    Raises:
        AirflowRescheduleException: Airflow runs the task instance again after a pause.

    """
    pause = _pause(error.failures, context.get("task_reschedule_count", 0))
    if pause:
        log.warning("ECS has no capacity for the task; trying again in %s: %s", pause, error.failures)
        next_run = datetime.now(tz=UTC) + pause
        raise AirflowRescheduleException(next_run) from error  # type: ignore[no-untyped-call] # Airflow's has no types


def _pause(failures: Iterable[Mapping[str, Any]], refusals: int) -> timedelta | None:
    """Return the pause after *failures* of RunTask, the attempt after *refusals* others; None: do not try again."""
    reasons = [str(each.get("reason")) for each in failures]
    is_temporary = all(any(word in reason for word in TEMPORARY) for reason in reasons)
    if not is_temporary or refusals >= MAX_REFUSALS:
        return None
    doubled = FIRST_PAUSE_SEC * 2 ** min(refusals, 10)
    return timedelta(seconds=min(doubled, MAX_PAUSE_SEC))
