"""The facts about a stage that the simulator uses."""

from dataclasses import dataclass

from airflow_on_fargate.simulator.airflow import Limits
from airflow_on_fargate.simulator.scaling import StepScaling
from constructs_lib.shared.workers_missing import Bounds


@dataclass(frozen=True, kw_only=True)
class Pool:
    """
    A worker pool: its queue, the size of a worker, the bounds of their number, and the scaling policies.

    `on_fargate`: not on EC2 instances; `spot_share` is the part of the workers on Spot, 0 to 1. `protects`: a busy
    worker protects its ECS task. `limits` are Airflow's for the tasks of the queue.
    """

    queue: str
    slots: int
    cpu: int
    memory_mib: int
    architecture: str
    on_fargate: bool
    spot_share: float
    minimum: int
    maximum: int
    protects: bool
    stop_timeout_sec: float
    long_poll_sec: float
    visibility_timeout_sec: float
    limits: Limits
    policies: tuple[StepScaling, ...]
    prewarm_max: int = 0
    """How many workers may be ordered ahead of scheduled runs."""

    @property
    def bounds(self) -> Bounds:
        """What the autoscaler knows of the pool."""
        return Bounds(slots=self.slots, minimum=self.minimum, maximum=self.maximum, prewarm_max=self.prewarm_max)

    @property
    def surplus_sec(self) -> float:
        """How long there must be too many workers before some are removed."""
        return max(policy.alarm.period_sec * policy.alarm.evaluation_periods for policy in self.policies)


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A stage by its name, its pools by their queue."""

    name: str
    pools: dict[str, Pool]
