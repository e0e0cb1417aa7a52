"""Workers that serve one queue, as many as there is work for."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from constructs_lib.engine.names import aws_name
from constructs_lib.settings.capacity import TaskSize
from constructs_lib.settings.permission import Permission
from constructs_lib.settings.processes import DEFAULT_QUEUE, worker_memory_mib
from constructs_lib.settings.task_folder import ROLE_NAME_LIMIT
from constructs_lib.settings.values import Listed, like
from constructs_lib.settings.variable_names import SecretVariables, Variables, check_disjoint
from constructs_lib.shared.capacity import Capacity
from constructs_lib.shared.user_model import UserModel

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

AIRFLOWS_POOL = "default_pool"
"""Airflow's pool of the tasks whose DAG names none; those of another queue have one of the queue's name here."""
DEAD_LETTER = "-dead-letter"
"""What the name of a queue's dead-letter queue ends with."""

PoolName = Annotated[
    str,
    # Words that begin with a letter, so that names that differ stay so in ids and addresses.
    like(
        r"[a-z][a-z0-9]*([_-][a-z][a-z0-9]*)*",
        "a queue's name: words of lower-case letters and digits that begin with a letter, joined by one '_' or '-'",
    ),
]


class WorkerPool(UserModel):
    """Workers of one size; the pool's name is that of the queue they serve, which a DAG gives: `queue="spot"`."""

    size: TaskSize = TaskSize(cpu=1024, memory_mib=2048)
    slots: int = Field(default=4, ge=1, le=80)
    """Task instances that one worker runs at a time. It needs 300 MiB of memory, and 80 MiB for each slot."""
    min: int = Field(default=0, ge=0, le=1000)
    """Minimum number of workers; they run also without work."""
    max: int = Field(default=10, ge=1, le=1000)
    """Maximum number of workers. Each holds one connection to the database, and one for each slot."""
    capacity: Capacity = "FARGATE"
    architecture: Literal["ARM64", "X86_64"] | None = None
    """`None`: the stage's. With another one, `airflow_image` must be an image for both."""
    permissions: Annotated[tuple[Permission, ...], Listed] = ()
    """What the role of the pool's workers allows in addition."""
    environment: Variables = Field(default_factory=dict)
    """Variables of the pool's workers; they override the stage's."""
    secrets: SecretVariables = Field(default_factory=dict)
    """The same by the name of a secret."""
    scale_in_after_min: int = Field(default=5, ge=1, le=60)
    """Workers are removed after there were too many for this number of minutes."""
    scale_in_cooldown_sec: int = Field(default=180, ge=60, le=3600)
    """Seconds between two removals of workers."""
    scale_out_cooldown_sec: int = Field(default=0, ge=0, le=3600)
    """Within these seconds after an addition, only workers beyond that addition are added; 0: all missing ones."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        check_disjoint(self.environment, self.secrets)
        if self.min > self.max:
            msg = f"min must be at most max, {self.max}, got {self.min}"
            raise ValueError(msg)
        if (needed := worker_memory_mib(self.slots)) > self.size.memory_mib:
            msg = (
                f"slots must fit into size.memory_mib, {self.size.memory_mib}:"
                f" {self.slots} need {needed} MiB, 300 and 80 for each"
            )
            raise ValueError(msg)
        return self


def service_name(queue: str) -> str:
    """Return the name of the ECS service whose workers serve *queue*."""
    return f"worker-{aws_name(queue)}"


def wrong_names(names: Iterable[str], stage: str) -> Iterator[str]:
    """Yield a sentence for each name of a pool that AWS refuses in *stage*, or that is another's on AWS."""
    allowed = ROLE_NAME_LIMIT - len(f"airflow-{stage}-worker--execution")
    for name in names:
        if len(name) > allowed:
            yield (
                f"worker_pools.{name} must have a name of at most {allowed} characters in stage {stage!r}, for its role"
                f" airflow-{stage}-worker-{aws_name(name)}-execution may have {ROLE_NAME_LIMIT} in IAM, got {len(name)}"
            )
        if name == AIRFLOWS_POOL:
            yield f"worker_pools.{name} has the name of Airflow's pool for the queue {DEFAULT_QUEUE!r}; rename it"
    for one, other in combinations(names, 2):
        if aws_name(one) == aws_name(other):
            yield f"worker_pools.{one} and worker_pools.{other} have the same queue on AWS; rename one of them"
        for short, long in ((one, other), (other, one)):
            if aws_name(long) == aws_name(short) + DEAD_LETTER:
                yield f"worker_pools.{long} has the name of the dead-letter queue of worker_pools.{short}; rename it"
