"""The ECS cluster that everything runs in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.ecs_cluster import EcsCluster, EcsClusterSetting
from cdktf_cdktf_provider_aws.ecs_cluster_capacity_providers import EcsClusterCapacityProviders
from constructs import Construct

from constructs_lib.ecs.container_instances import ContainerInstances
from constructs_lib.ecs.running import Running
from constructs_lib.ecs.what_runs import running_parameter
from constructs_lib.engine.order import Ready
from constructs_lib.settings.tags import SERVICE_TAG
from constructs_lib.storage.service_logs import ServiceLogs
from constructs_lib.storage.user_secrets import UserSecrets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs_lib.iam.account import Account
    from constructs_lib.iam.task_role import Grantable
    from constructs_lib.network.network import Network
    from constructs_lib.settings.capacity import Ec2Capacity

FARGATE_CAPACITY_PROVIDERS = ("FARGATE", "FARGATE_SPOT")


class Cluster(Construct):
    """
    Define an ECS cluster with Container Insights and the capacity providers of Fargate, and of EC2 with *ec2_capacity*.

    Services and tasks get from it the account, the network, the logins to private registries by their host, and the
    state of a pause. *registry_credentials* are secrets by host; *instance_tags* are those of EC2 instances.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        account: Account,
        network: Network,
        name: str,
        container_insights: str = "enabled",
        log_retention_days: int = 30,
        registry_credentials: Mapping[str, str] | None = None,
        ec2_capacity: Ec2Capacity | None = None,
        instance_tags: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, id_)

        cluster = EcsCluster(
            self,
            "Resource",
            name=name,
            setting=[EcsClusterSetting(name="containerInsights", value=container_insights)],
        )
        ServiceLogs(
            self,
            "ServiceLogs",
            account=account,
            name_prefix=name,
            owner="cluster",
            log_groups=[f"/aws/ecs/containerinsights/{name}/performance"],
            retention_days=log_retention_days,
        )
        self.account = account
        self.network = network
        capacity_providers = list(FARGATE_CAPACITY_PROVIDERS)
        if ec2_capacity:
            capacity_providers.append(self._ec2_capacity_provider(cluster, name, ec2_capacity, instance_tags or {}))
        providers = EcsClusterCapacityProviders(
            self, "CapacityProviders", cluster_name=cluster.name, capacity_providers=capacity_providers
        )

        self.registry_logins = UserSecrets(
            self, "Registries", account=account, owner="registries", secrets=registry_credentials or {}
        ).references
        self.running = Running(self, "Running", name=running_parameter(name))
        self.arn = cluster.arn
        self.name = name
        self.ready = Ready(providers)
        """What must exist before ECS starts a task."""

    def _ec2_capacity_provider(
        self, cluster: EcsCluster, name: str, capacity: Ec2Capacity, tags: Mapping[str, str]
    ) -> str:
        """Define the EC2 instances, and return the name of their capacity provider."""
        return ContainerInstances(
            self,
            "ContainerInstances",
            account=self.account,
            network=self.network,
            cluster=cluster,
            cluster_name=name,
            instance_type=capacity.instance_type,
            architecture=capacity.architecture,
            max_instances=capacity.max_instances,
            root_volume_gib=capacity.root_volume_gib,
            tags=tags,
        ).capacity_provider

    def grant_protect(self, grantee: Grantable, *, service: str) -> None:
        """
        Allow to protect tasks of *service* against scale-in and deployments, and to read their protection.

        ECS's agent does so with the role of the container that calls it, only for the task of that container. The role
        could call ECS itself for another task. A worker that was started before services had the tag keeps the right,
        so that its deployment does not interrupt its tasks. Both actions support the condition key (service
        authorization reference).
        """
        tasks = self.account.arn("ecs", f"task/{self.name}/*")
        own = {"StringEqualsIfExists": {f"aws:ResourceTag/{SERVICE_TAG}": service}}
        grantee.role.allow(["ecs:GetTaskProtection", "ecs:UpdateTaskProtection"], [tasks], own)
