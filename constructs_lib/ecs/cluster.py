"""The ECS cluster that everything runs in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.ecs_cluster import EcsCluster, EcsClusterSetting
from cdktf_cdktf_provider_aws.ecs_cluster_capacity_providers import EcsClusterCapacityProviders
from constructs import Construct, DependencyGroup

from constructs_lib.ecs.container_instances import ContainerInstances
from constructs_lib.ecs.running import Running
from constructs_lib.ecs.what_runs import running_parameter
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

    What runs in it finds there the account, the network, the logins to private registries by their host, and whether
    it is to run. *registry_credentials* are secrets by host; *instance_tags* are those of EC2 instances.
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
        names = list(FARGATE_CAPACITY_PROVIDERS)
        if ec2_capacity:
            instances = ContainerInstances(
                self,
                "ContainerInstances",
                account=account,
                network=network,
                cluster=cluster,
                cluster_name=name,
                instance_type=ec2_capacity.instance_type,
                architecture=ec2_capacity.architecture,
                max_instances=ec2_capacity.max_instances,
                root_volume_gib=ec2_capacity.root_volume_gib,
                tags=instance_tags or {},
            )
            names.append(instances.capacity_provider)
        providers = EcsClusterCapacityProviders(
            self, "CapacityProviders", cluster_name=cluster.name, capacity_providers=names
        )

        self.account = account
        self.network = network
        self.registry_logins = UserSecrets(
            self, "Registries", account=account, owner="registries", secrets=registry_credentials or {}
        ).references
        self.running = Running(self, "Running", name=running_parameter(name))
        self.arn = cluster.arn
        self.name = name
        self.ready = DependencyGroup(providers)
        """What must exist before ECS starts a task."""

    def grant_protect(self, grantee: Grantable, *, service: str) -> None:
        """
        Allow to protect tasks of *service* against scale-in and deployments, and to ask whether they are.

        ECS' agent does so in the name of the container that asks it, for that container's task alone; the role could
        ask ECS itself for another task. A worker that was started before services had the tag keeps the right, so that
        its deployment does not cut off its tasks. Both actions know the key (service authorization reference).
        """
        tasks = self.account.arn("ecs", f"task/{self.name}/*")
        own = {"StringEqualsIfExists": {f"aws:ResourceTag/{SERVICE_TAG}": service}}
        grantee.role.allow(["ecs:GetTaskProtection", "ecs:UpdateTaskProtection"], [tasks], own)
