"""The ECS cluster that everything runs in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.ecs_cluster import EcsCluster, EcsClusterSetting
from cdktf_cdktf_provider_aws.ecs_cluster_capacity_providers import EcsClusterCapacityProviders
from constructs import Construct

from constructs_lib.ecs.container_instances import ContainerInstances
from constructs_lib.ecs.running import Running
from constructs_lib.settings.tags import SERVICE_TAG
from constructs_lib.storage.service_logs import ServiceLogs
from constructs_lib.storage.user_secrets import UserSecrets

if TYPE_CHECKING:
    from cdktf import TerraformResource

    from constructs_lib.iam.account import Account
    from constructs_lib.iam.task_role import Grantable
    from constructs_lib.network.network import Network
    from constructs_lib.settings.settings import Settings

FARGATE_CAPACITY_PROVIDERS = ("FARGATE", "FARGATE_SPOT")


class Cluster(Construct):
    """
    Define an ECS cluster with Container Insights and the capacity providers of Fargate, and of EC2 if the stage has it.

    Whatever runs in it is handed the cluster and finds there the account, the network, the stage's settings, the
    logins to private registries by their host, and whether it is to run.
    """

    def __init__(self, scope: Construct, id_: str, *, settings: Settings, account: Account, network: Network) -> None:
        super().__init__(scope, id_)

        cluster = EcsCluster(
            self,
            "Resource",
            name=settings.name,
            setting=[EcsClusterSetting(name="containerInsights", value=settings.container_insights)],
        )
        ServiceLogs(
            self,
            "ServiceLogs",
            owner="cluster",
            settings=settings,
            account=account,
            log_groups=[f"/aws/ecs/containerinsights/{settings.name}/performance"],
        )
        names = list(FARGATE_CAPACITY_PROVIDERS)
        if settings.ec2_capacity:
            instances = ContainerInstances(
                self,
                "ContainerInstances",
                settings=settings,
                capacity=settings.ec2_capacity,
                account=account,
                network=network,
                cluster=cluster,
            )
            names.append(instances.capacity_provider)
        providers = EcsClusterCapacityProviders(
            self, "CapacityProviders", cluster_name=cluster.name, capacity_providers=names
        )

        self.settings = settings
        self.account = account
        self.network = network
        self.registry_logins = UserSecrets(
            self, "Registries", account=account, owner="registries", secrets=settings.registry_credentials
        ).references
        self.running = Running(self, "Running", settings=settings)
        self.arn = cluster.arn
        self.name = settings.name
        self.resources: list[TerraformResource] = [providers]

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
