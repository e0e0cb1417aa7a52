"""
The workers of a queue: their service, and the scaling that sets how many of them run.

A pool's bounds and cooldowns are settings (`settings/worker_pool.py`). The autoscaler, in the task of the scheduler,
publishes how many workers a pool is missing (`docker/airflow_fargate/autoscaler/`). The alarms here add or remove
that number.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.cloudwatch_metric_alarm import CloudwatchMetricAlarm

from constructs_lib.ecs.service_scaling import ServiceScaling, StepAdjustment
from constructs_lib.engine.names import pascal_case
from constructs_lib.settings.processes import WORKER, worker_process
from constructs_lib.settings.worker_pool import service_name
from constructs_lib.shared.workers_missing import METRIC, NAMESPACE, dimensions, step_bounds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from constructs import Construct

    from constructs_lib.airflow.airflow_service import AirflowService
    from constructs_lib.airflow.environment import AirflowEnvironment
    from constructs_lib.ecs.cluster import Cluster
    from constructs_lib.ecs.fargate_service import FargateService
    from constructs_lib.iam.task_role import Grantable, TaskRole
    from constructs_lib.network.security_group import SecurityGroup
    from constructs_lib.settings.settings import Settings
    from constructs_lib.settings.worker_pool import WorkerPool
    from constructs_lib.storage.queue import Queue

OUT_PERIOD_SEC = 10
"""The shortest period of an alarm."""
IN_PERIOD_SEC = 60


@dataclass(frozen=True)
class Workers:
    """
    The workers of a queue: the *queue*, the *service* that runs them, and its *scaling*.

    `WorkerPool` is the model of their settings. Without *scaling* the worker runs inside the compact task, and
    *service* is that of all processes.
    """

    queue: Queue
    service: AirflowService
    scaling: WorkerScaling | None = None

    @property
    def role(self) -> TaskRole:
        """The role that DAGs run with."""
        return self.service.role

    @property
    def security_group(self) -> SecurityGroup:
        """The security group of the service."""
        return self.service.security_group


def pool_workers(
    name: str,
    *,
    queue: Queue,
    settings: Settings,
    cluster: Cluster,
    environment: AirflowEnvironment,
    define_service: partial[AirflowService],
) -> Workers:
    """Define the service of the worker pool *name*, whose number of tasks follows the work in *queue*."""
    pool = settings.worker_pools[name]
    service = define_service(
        f"Worker{pascal_case(name)}",
        name=service_name(name),
        processes=[worker_process(name, pool.slots)],
        size=pool.size,
        count=pool.min,
        capacity=pool.capacity,
        architecture=pool.architecture,
        permissions=pool.permissions,
        process_settings={WORKER.name: pool},
        environment=replace(environment, worker_queue=name, worker_slots=pool.slots, protects_task=True),
    )
    scaling = WorkerScaling(service, "Scaling", cluster=cluster, service=service.service, pool=pool)
    return Workers(queue, service, scaling)


class WorkerScaling(ServiceScaling):
    """
    Set the number of *pool*'s workers by `WorkersMissing`, the metric that the autoscaler publishes.

    Workers are added as soon as some are missing. They are removed after there were too many for some minutes. Without
    data nothing changes. A pool whose bounds are equal has scaling too: a service's count is not Terraform's, and a new
    number must be reached.
    """

    def __init__(
        self, scope: Construct, id_: str, *, cluster: Cluster, service: FargateService, pool: WorkerPool
    ) -> None:
        super().__init__(scope, id_, cluster=cluster, service=service, min_count=pool.min, max_count=pool.max)

        self._workers = cluster.account.arn("ecs", f"service/{cluster.name}/{service_name('*')}")
        max_change = max(1, pool.max - pool.min)
        add = self.add_steps("Out", steps=out_steps(max_change), cooldown_sec=pool.scale_out_cooldown_sec)
        alarm = partial(
            CloudwatchMetricAlarm,
            self,
            namespace=NAMESPACE,
            metric_name=METRIC,
            dimensions=dimensions(cluster=cluster.name, service=service.name),
            statistic="Maximum",
            treat_missing_data="notBreaching",
        )
        alarm(
            "Missing",
            alarm_name=f"{cluster.name}-{service.name}-missing",
            alarm_description="Work waits for workers: Application Auto Scaling adds them",
            period=OUT_PERIOD_SEC,
            evaluation_periods=1,
            comparison_operator="GreaterThanOrEqualToThreshold",
            threshold=1,
            alarm_actions=[add],
        )
        remove = self.add_steps("In", steps=in_steps(max_change), cooldown_sec=pool.scale_in_cooldown_sec)
        alarm(
            "Surplus",
            alarm_name=f"{cluster.name}-{service.name}-surplus",
            alarm_description="Workers have no work: Application Auto Scaling removes them",
            period=IN_PERIOD_SEC,
            evaluation_periods=pool.scale_in_after_min,
            # The smallest surplus of each minute must be one.
            comparison_operator="LessThanOrEqualToThreshold",
            threshold=-1,
            alarm_actions=[remove],
        )

    def grant_publish(self, grantee: Grantable) -> None:
        """Allow to describe the services of all pools, and to publish the metric."""
        grantee.role.allow(["ecs:DescribeServices"], [self._workers])
        # AWS limits it to no resource, but to a namespace.
        condition = {"StringEquals": {"cloudwatch:namespace": NAMESPACE}}
        grantee.role.allow(["cloudwatch:PutMetricData"], ["*"], condition)


def out_steps(max_change: int) -> list[StepAdjustment]:
    """Return the steps of an alarm at `>= 1`, up to *max_change*; a step adds its lowest number, never too many."""
    return [
        StepAdjustment(lower=low - 1, upper=None if next_low is None else next_low - 1, adjustment=low)
        for low, next_low in _ranges(max_change)
    ]


def in_steps(max_change: int) -> list[StepAdjustment]:
    """Return the steps of an alarm at `<= -1`, up to *max_change*: the mirror image of `out_steps`."""
    return [
        StepAdjustment(lower=None if next_low is None else 1 - next_low, upper=1 - low, adjustment=-low)
        for low, next_low in _ranges(max_change)
    ]


def _ranges(end: int) -> Iterator[tuple[int, int | None]]:
    """Yield the first number of each step and of the next one, from 1 to *end*."""
    bounds = step_bounds(end)
    yield from pairwise(bounds)
    yield bounds[-1], None
