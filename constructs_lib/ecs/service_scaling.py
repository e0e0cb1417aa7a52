"""Between which bounds AWS changes how many tasks of a service run."""

from __future__ import annotations

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
    from constructs_lib.ecs.scaling_steps import StepAdjustment

CPU_PERCENT = 60
"""What target tracking holds the CPU at: what is left bears the three minutes until it has noticed a rise."""

SCALE_OUT_COOLDOWN_SEC = 60
"""A new task takes about a minute until it bears load; before, the metric does not show what it relieves."""
SCALE_IN_COOLDOWN_SEC = 300
"""AWS's default (Application Auto Scaling API, `TargetTrackingScalingPolicyConfiguration`)."""


class ServiceScaling(Construct):
    """
    Let Application Auto Scaling set the number of *service*'s tasks, from *least* to *most*, by the policies added.

    What the service itself says of the number then holds for its first start only.
    """

    def __init__(
        self, scope: Construct, id_: str, *, cluster: Cluster, service: FargateService, least: int, most: int
    ) -> None:
        super().__init__(scope, id_)

        target = AppautoscalingTarget(
            self,
            "Target",
            service_namespace="ecs",
            scalable_dimension="ecs:service:DesiredCount",
            resource_id=f"service/{cluster.name}/{service.name}",
            min_capacity=cluster.running.capacity(least, service=service.name),
            max_capacity=cluster.running.capacity(most, service=service.name),
        )
        create_after(target, service.ready)
        service.leave_count(scalable_target_arn=target.arn, least=least, most=most)
        self._service_name = service.name
        self._policy = partial(
            AppautoscalingPolicy,
            self,
            service_namespace=target.service_namespace,
            scalable_dimension=target.scalable_dimension,
            resource_id=target.resource_id,
        )

    def follow_cpu(self) -> None:
        """Add and remove tasks so that they use 60 % of their CPU on average, by alarms that AWS makes itself."""
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
        Add a policy that changes the count by one of *steps*, and return the ARN that an alarm sets it off by.

        The largest value of the alarm's metric in its last period decides on the step.
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
