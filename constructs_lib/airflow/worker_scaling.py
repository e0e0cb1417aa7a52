"""As many workers as there is work for."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.cloudwatch_metric_alarm import CloudwatchMetricAlarm

from constructs_lib.ecs.scaling_steps import in_steps, out_steps
from constructs_lib.ecs.service_scaling import ServiceScaling
from constructs_lib.settings.worker_pool import service_name
from constructs_lib.shared.workers_missing import METRIC, NAMESPACE, dimensions

if TYPE_CHECKING:
    from constructs import Construct

    from constructs_lib.ecs.cluster import Cluster
    from constructs_lib.ecs.fargate_service import FargateService
    from constructs_lib.iam.task_role import Grantable
    from constructs_lib.settings.worker_pool import WorkerPool

OUT_PERIOD_SEC = 10
"""The shortest period of an alarm."""
IN_PERIOD_SEC = 60


class WorkerScaling(ServiceScaling):
    """
    Let the number of a pool's workers follow `WorkersMissing`, which the autoscaler publishes.

    Workers are added as soon as some are missing, and removed when some have been too many for some minutes;
    *pool* says for how many, and between which bounds. Without data nothing changes.
    """

    def __init__(
        self, scope: Construct, id_: str, *, cluster: Cluster, service: FargateService, pool: WorkerPool
    ) -> None:
        super().__init__(scope, id_, cluster=cluster, service=service, least=pool.min, most=pool.max)

        self._workers = cluster.account.arn("ecs", f"service/{cluster.name}/{service_name('*')}")
        # Also where there is one number alone, so that another one, once it is deployed, is followed.
        at_once = max(1, pool.max - pool.min)
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
            alarm_actions=[self.add_steps("Out", steps=out_steps(at_once), cooldown_sec=pool.scale_out_cooldown_sec)],
        )
        alarm(
            "Surplus",
            alarm_name=f"{cluster.name}-{service.name}-surplus",
            alarm_description="Workers have no work: Application Auto Scaling removes them",
            period=IN_PERIOD_SEC,
            evaluation_periods=pool.scale_in_after_min,
            # The least surplus of each minute has to be one.
            comparison_operator="LessThanOrEqualToThreshold",
            threshold=-1,
            alarm_actions=[self.add_steps("In", steps=in_steps(at_once), cooldown_sec=pool.scale_in_cooldown_sec)],
        )

    def grant_publish(self, grantee: Grantable) -> None:
        """Allow to see how many workers there should be, in this pool and the others, and to publish the metric."""
        grantee.role.allow(["ecs:DescribeServices"], [self._workers])
        # AWS limits it to no resource, but to a namespace.
        condition = {"StringEquals": {"cloudwatch:namespace": NAMESPACE}}
        grantee.role.allow(["cloudwatch:PutMetricData"], ["*"], condition)
