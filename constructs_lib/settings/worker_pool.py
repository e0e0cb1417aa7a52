"""A pool of workers: they serve one queue, and their number follows its work."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from constructs_lib.engine.names import aws_name
from constructs_lib.settings.capacity import TaskSize
from constructs_lib.settings.permission import Permission
from constructs_lib.settings.processes import worker_memory_mib
from constructs_lib.settings.task_folder import ROLE_NAME_LIMIT
from constructs_lib.settings.values import Listed, like
from constructs_lib.settings.variable_names import SecretVariables, Variables, check_disjoint
from constructs_lib.shared.capacity import Capacity
from constructs_lib.shared.containers import DEFAULT_POOL, DEFAULT_QUEUE
from constructs_lib.shared.user_model import UserModel

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

DEAD_LETTER = "-dead-letter"
"""What the name of a queue's dead-letter queue ends with."""

PoolName = Annotated[
    str,
    # Words start with a letter, so that different names have different construct ids and state addresses.
    like(
        r"[a-z][a-z0-9]*([_-][a-z][a-z0-9]*)*",
        "a queue's name: words of lower-case letters and digits that start with a letter, joined by one '_' or '-'",
    ),
]


class WorkerPool(UserModel):
    """
    Workers of one size.

    The pool's name is the queue that they serve. A DAG sends a task there with `queue="spot"`.
    """

    size: TaskSize = TaskSize(cpu=1024, memory_mib=2048)
    slots: int = Field(default=4, ge=1, le=80)
    """Task instances that one worker runs at a time. It needs 300 MiB of memory, and 80 MiB for each slot."""
    min: int = Field(default=0, ge=0, le=1000)
    """Minimum number of workers. They run even without work."""
    max: int = Field(default=10, ge=1, le=1000)
    """Maximum number of workers. Each needs one connection to the database, and one more for each slot."""
    capacity: Capacity = "FARGATE"
    architecture: Literal["ARM64", "X86_64"] | None = None
    """
    Processor of the workers; `None`: that of the stage. If they differ, `airflow_image` must be an image for both.
    """
    permissions: Annotated[tuple[Permission, ...], Listed] = ()
    """Additional permissions of the role of the pool's workers."""
    environment: Variables = Field(default_factory=dict)
    """Variables of the pool's workers; they override the stage's."""
    secrets: SecretVariables = Field(default_factory=dict)
    """Variables of the pool's workers whose values are secrets; see `secrets` of the stage."""
    scale_in_after_min: int = Field(default=5, ge=1, le=60)
    """Minutes for which there must be too many workers before the service scales in."""
    scale_in_cooldown_sec: int = Field(default=180, ge=60, le=3600)
    """Minimum number of seconds between two scale-ins."""
    scale_out_cooldown_sec: int = Field(default=0, ge=0, le=3600)
    """
    Seconds after a scale-out in which another one adds only workers that are missing beyond the first; 0: no wait.
    """
    prewarm: bool | None = None
    """
    Whether workers are started before scheduled runs, as many as the DAG's last runs needed; `None`: if `min` is 0.
    """
    prewarm_max: int | None = Field(default=None, ge=1, le=1000)
    """Maximum number of workers that are started for scheduled runs; `None`: `max`."""

    @property
    def prewarms(self) -> bool:
        """Whether workers are started before scheduled runs."""
        return self.min == 0 if self.prewarm is None else self.prewarm

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        check_disjoint(self.environment, self.secrets)
        if self.min > self.max:
            msg = f"min must not be higher than max, {self.max}, got {self.min}"
            raise ValueError(msg)
        if (needed := worker_memory_mib(self.slots)) > self.size.memory_mib:
            msg = (
                f"slots need more than size.memory_mib, {self.size.memory_mib}: a worker needs 300"
                " MiB and 80 MiB for each slot,"
                f" {needed} MiB for {self.slots}; reduce slots, or increase size"
            )
            raise ValueError(msg)
        if self.prewarm_max is not None:
            self._check_prewarm(self.prewarm_max)
        return self

    def _check_prewarm(self, workers: int) -> None:
        """Refuse a number of *workers* that is above the pool's maximum, or that has no effect."""
        if not self.prewarms:
            off = "prewarm=False" if self.prewarm is False else f"min={self.min}, whose default is prewarm=False"
            msg = f"prewarm_max needs prewarm=True, got {workers} with {off}; set prewarm=True, or remove prewarm_max"
            raise ValueError(msg)
        if workers > self.max:
            msg = f"prewarm_max must not be higher than max, {self.max}, got {workers}"
            raise ValueError(msg)


def service_name(queue: str) -> str:
    """Return the name of the ECS service whose workers serve *queue*."""
    return f"worker-{aws_name(queue)}"


def wrong_names(names: Iterable[str], stage: str) -> Iterator[str]:
    """Yield a sentence for each pool name that is too long for *stage*, reserved, or equal to another one on AWS."""
    allowed = ROLE_NAME_LIMIT - len(f"airflow-{stage}-worker--execution")
    for name in names:
        if len(name) > allowed:
            yield (
                f"worker_pools.{name} must have a name of {allowed} characters or fewer in stage"
                f" {stage!r}, got {len(name)}:"
                f" its role is airflow-{stage}-worker-<name>-execution, and IAM's limit is {ROLE_NAME_LIMIT} characters"
            )
        if name == DEFAULT_POOL:
            yield (
                f"worker_pools.{name} must have another name: this is Airflow's own pool"
                f" for the queue {DEFAULT_QUEUE!r}; rename it"
            )
    for one, other in combinations(names, 2):
        if aws_name(one) == aws_name(other):
            yield (
                f"worker_pools.{one} and worker_pools.{other} would be one queue on AWS,"
                f" {aws_name(one)}; rename one of them"
            )
        for short, long in ((one, other), (other, one)):
            if aws_name(long) == aws_name(short) + DEAD_LETTER:
                yield f"worker_pools.{long} has the name of the dead-letter queue of worker_pools.{short}; rename it"
