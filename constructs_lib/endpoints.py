"""Ways to AWS's services that do not lead over the internet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.vpc_endpoint import VpcEndpoint
from constructs import Construct

from constructs_lib.partition import partition_of
from constructs_lib.secret_name import parse_secret_name
from constructs_lib.security_group import SecurityGroup

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cdktf import TerraformResource

    from constructs_lib.network import Network
    from constructs_lib.settings import Settings
    from constructs_lib.task_folder import TaskFolder

HTTPS = 443


def endpoint_services(settings: Settings, tasks: Iterable[TaskFolder]) -> list[str]:
    """
    Return the services whose endpoints the stack needs when it has no way to the internet.

    Images come from ECR, whose layers lie in S3 (the gateway endpoint, which every network has); logs, secrets and the
    broker are called by every task, ECS by the DAGs that start tasks and by the agent of an EC2 instance. An autoscaler
    publishes its metric by `monitoring`.
    """
    services = {"ecr.api", "ecr.dkr", "ecs", "logs", "secretsmanager", "sqs", *settings.additional_endpoints}
    if settings.ec2_capacity:
        services |= {"ecs-agent", "ecs-telemetry"}
    if settings.worker_pools:
        services.add("monitoring")
    if settings.execute_command:
        services.add("ssmmessages")
    readers = [*settings.parts_with_variables, *(task.settings for task in tasks)]
    if any(parse_secret_name(secret).service == "ssm" for each in readers for secret in each.secrets.values()):
        services.add("ssm")
    return sorted(services)


class Endpoints(Construct):
    """Define an interface endpoint for each of *services*, open to the whole VPC."""

    def __init__(
        self, scope: Construct, id_: str, *, network: Network, vpc_cidr: str, region: str, services: Sequence[str]
    ) -> None:
        super().__init__(scope, id_)

        security_group = SecurityGroup(self, "SecurityGroup", network=network, owner="Endpoints")
        security_group.allow_from_network(vpc_cidr, HTTPS, name="Vpc")
        self.resources: list[TerraformResource] = [
            *security_group.resources,
            *(
                VpcEndpoint(
                    self,
                    service.replace(".", "_"),
                    vpc_id=network.vpc_id,
                    service_name=partition_of(region).endpoint_service_name(region, service),
                    vpc_endpoint_type="Interface",
                    private_dns_enabled=True,
                    subnet_ids=network.private_subnet_ids,
                    security_group_ids=[security_group.id],
                    tags={"Name": f"{network.name}-{service}"},
                )
                for service in services
            ),
        ]
