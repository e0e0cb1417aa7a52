"""Application Auto Scaling of a service: the bounds of its number of tasks, and the policies that change it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.appautoscaling_policy import (
    AppautoscalingPolicy,
    AppautoscalingPolicyStepScalingPolicyConfiguration,
    AppautoscalingPolicyStepScalingPolicyConfigurationStepAdjustment,
    AppautoscalingPolicyTargetTrackingScalingPolicyConfiguration,
)
from cdktf_cdktf_provider_aws.appautoscaling_policy import (
    AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecification as PredefinedMetric,
)
from cdktf_cdktf_provider_aws.appautoscaling_target import AppautoscalingTarget
from constructs import Construct

from constructs_lib.engine.order import create_after

if TYPE_CHECKING:
    from collections.abc import Iterable

    from constructs_lib.ecs.cluster import Cluster
    from constructs_lib.ecs.fargate_service import FargateService

CPU_PERCENT = 60
"""The target of target tracking. The rest carries the load for the three minutes until AWS has noticed a rise."""

SCALE_OUT_COOLDOWN_SEC = 60
"""A new task needs about a minute until it carries load; until then the metric does not show its effect."""
SCALE_IN_COOLDOWN_SEC = 300
"""AWS's default (Application Auto Scaling API, `TargetTrackingScalingPolicyConfiguration`)."""


@dataclass(frozen=True, kw_only=True)
class StepAdjustment:
    """
    Change the number of tasks by `adjustment` where the metric lies between the bounds.

    Bounds are distances from the alarm's threshold; None is no bound.
    """

    lower: int | None
    upper: int | None
    adjustment: int


class ServiceScaling(Construct):
    """
    Let Application Auto Scaling set the number of *service*'s tasks, from *min_count* to *max_count*.

    The policies that are added decide on the number. The service's own number is that of its first start only.
    """

    def __init__(
        self, scope: Construct, id_: str, *, cluster: Cluster, service: FargateService, min_count: int, max_count: int
    ) -> None:
        super().__init__(scope, id_)

        target = AppautoscalingTarget(
            self,
            "Target",
            service_namespace="ecs",
            scalable_dimension="ecs:service:DesiredCount",
            resource_id=f"service/{cluster.name}/{service.name}",
            min_capacity=cluster.running.capacity(min_count, service=service.name),
            max_capacity=cluster.running.capacity(max_count, service=service.name),
        )
        create_after(target, service.ready)
        service.ignore_desired_count(scalable_target_arn=target.arn, min_count=min_count, max_count=max_count)
        self._service_name = service.name
        self._policy = partial(
            AppautoscalingPolicy,
            self,
            service_namespace=target.service_namespace,
            scalable_dimension=target.scalable_dimension,
            resource_id=target.resource_id,
        )

    def follow_cpu(self) -> None:
        """Keep the tasks at 60 % of their CPU on average, by alarms that AWS creates itself."""
        self._policy(
            "Cpu",
            name=f"{self._service_name}-cpu",
            policy_type="TargetTrackingScaling",
            target_tracking_scaling_policy_configuration=AppautoscalingPolicyTargetTrackingScalingPolicyConfiguration(
                predefined_metric_specification=PredefinedMetric(
                    predefined_metric_type="ECSServiceAverageCPUUtilization"
                ),
                target_value=CPU_PERCENT,
                # The provider sends 0 for a cooldown that is not set, so that AWS's default would not apply.
                scale_out_cooldown=SCALE_OUT_COOLDOWN_SEC,
                scale_in_cooldown=SCALE_IN_COOLDOWN_SEC,
            ),
        )

    def add_steps(self, id_: str, *, steps: Iterable[StepAdjustment], cooldown_sec: int) -> str:
        """
        Add a policy that changes the number by one of *steps*, and return its ARN, which is an alarm's action.

        The maximum of the alarm's metric in its last period selects the step.
        """
        adjustments = [
            AppautoscalingPolicyStepScalingPolicyConfigurationStepAdjustment(
                metric_interval_lower_bound=None if step.lower is None else str(step.lower),
                metric_interval_upper_bound=None if step.upper is None else str(step.upper),
                scaling_adjustment=step.adjustment,
            )
            for step in steps
        ]
        return self._policy(
            id_,
            name=f"{self._service_name}-{id_.lower()}",
            policy_type="StepScaling",
            step_scaling_policy_configuration=AppautoscalingPolicyStepScalingPolicyConfiguration(
                adjustment_type="ChangeInCapacity",
                metric_aggregation_type="Maximum",
                cooldown=cooldown_sec,
                step_adjustment=adjustments,
            ),
        ).arn
