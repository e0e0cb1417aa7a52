"""An ECS service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.ecs_service import (
    EcsService,
    EcsServiceCapacityProviderStrategy,
    EcsServiceDeploymentCircuitBreaker,
    EcsServiceLoadBalancer,
    EcsServiceNetworkConfiguration,
    EcsServiceOrderedPlacementStrategy,
)
from constructs import Construct

from constructs_lib.engine.order import Ready, create_after
from constructs_lib.settings.tags import SERVICE_TAG
from constructs_lib.shared.capacity import capacity_provider_strategy, ec2_provider

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs import IDependable

    from constructs_lib.ecs.cluster import Cluster
    from constructs_lib.ecs.task_definition import TaskDefinition
    from constructs_lib.network.security_group import SecurityGroup
    from constructs_lib.shared.capacity import Capacity

# AWS: a shell by ECS Exec goes through four actions that are limited to no resource ("Using Amazon ECS Exec").
EXECUTE_COMMAND = (
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
)


class FargateService(Construct):
    """
    Define an ECS service in the private subnets.

    A deployment whose tasks do not become healthy is rolled back. The service starts after its role's policy, its
    security group's rules, its way out, and *dependencies*. *platform_version* is that of Fargate.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        cluster: Cluster,
        security_group: SecurityGroup,
        task_definition: TaskDefinition,
        name: str,
        count: int,
        capacity: Capacity,
        minimum_healthy_percent: int,
        maximum_percent: int,
        grace_period_sec: int,
        platform_version: str,
        execute_command: bool,
        dependencies: Sequence[IDependable | Ready] = (),
    ) -> None:
        super().__init__(scope, id_)

        self.name, self.role, self.security_group = name, task_definition.role, security_group
        self.min_count = self.max_count = count
        self.scalable_target_arn, self._grace_period_sec = "", grace_period_sec
        if execute_command:
            self.role.allow(EXECUTE_COMMAND, ["*"])
        self._service = EcsService(
            self,
            "Resource",
            name=name,
            cluster=cluster.arn,
            task_definition=task_definition.arn,
            desired_count=cluster.running.capacity(count, service=name),
            capacity_provider_strategy=_strategy(capacity, cluster.name),
            # Without it the provider replaces a service whose capacity changes, and does not update it.
            force_new_deployment=True,
            # Only Fargate has platform versions, and only EC2 placement strategies.
            platform_version=None if capacity == "EC2" else platform_version,
            ordered_placement_strategy=_placement() if capacity == "EC2" else None,
            network_configuration=_private_network(cluster, security_group),
            deployment_minimum_healthy_percent=minimum_healthy_percent,
            deployment_maximum_percent=maximum_percent,
            deployment_circuit_breaker=EcsServiceDeploymentCircuitBreaker(enable=True, rollback=True),
            enable_execute_command=execute_command,
            enable_ecs_managed_tags=True,
            propagate_tags="SERVICE",
            tags={SERVICE_TAG: name},
        )
        needed = (cluster.network.ready, cluster.ready, self.role.ready, security_group.ready)
        create_after(self._service, *needed, *dependencies)
        self.ready = Ready(self._service)

    def add_target(self, *, target_group_arn: str, container: str, port: int) -> None:
        """Register *port* of *container* in the target group; its health checks count after the grace period."""
        self._service.put_load_balancer(
            [EcsServiceLoadBalancer(target_group_arn=target_group_arn, container_name=container, container_port=port)]
        )
        self._service.health_check_grace_period_seconds = self._grace_period_sec

    def register(self, registry_arn: str) -> None:
        """Register the addresses of the service's tasks in the DNS of Cloud Map."""
        self._service.put_service_registries(registry_arn=registry_arn)

    def ignore_desired_count(self, *, scalable_target_arn: str, min_count: int, max_count: int) -> None:
        """Ignore changes of `desired_count` after the first start: the scalable target owns it, within the bounds."""
        self.min_count, self.max_count = min_count, max_count
        self.scalable_target_arn = scalable_target_arn
        self._service.lifecycle = TerraformResourceLifecycle(ignore_changes=["desired_count"])


def _strategy(capacity: Capacity, cluster: str) -> list[EcsServiceCapacityProviderStrategy]:
    return [
        EcsServiceCapacityProviderStrategy(
            capacity_provider=item.capacity_provider, weight=item.weight, base=item.base or None
        )
        for item in capacity_provider_strategy(capacity, ec2_provider=ec2_provider(cluster))
    ]


def _private_network(cluster: Cluster, security_group: SecurityGroup) -> EcsServiceNetworkConfiguration:
    return EcsServiceNetworkConfiguration(
        subnets=cluster.network.private_subnet_ids, security_groups=[security_group.id], assign_public_ip=False
    )


def _placement() -> list[EcsServiceOrderedPlacementStrategy]:
    """Return the placement of tasks on EC2: over the zones, and there on as few instances as possible."""
    return [
        EcsServiceOrderedPlacementStrategy(type="spread", field="attribute:ecs.availability-zone"),
        EcsServiceOrderedPlacementStrategy(type="binpack", field="memory"),
    ]
