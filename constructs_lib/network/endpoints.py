"""VPC endpoints: routes to AWS's services without the internet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import TerraformStack
from cdktf_cdktf_provider_aws.data_aws_vpc_endpoint_service import DataAwsVpcEndpointService
from cdktf_cdktf_provider_aws.vpc_endpoint import VpcEndpoint
from constructs import Construct

from constructs_lib.engine.addressed_stack import state_address_of
from constructs_lib.engine.order import Ready
from constructs_lib.network.endpoint_policy import OWN_POLICIES
from constructs_lib.network.security_group import SecurityGroup
from constructs_lib.settings.partition import partition_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs_lib.iam.account import Account
    from constructs_lib.network.endpoint_policy import Perimeter
    from constructs_lib.network.network import Network

HTTPS = 443
SMTP = "email-smtp"
SMTP_PORTS = (25, 465, 587, 2465, 2587)
"""Amazon SES Developer Guide, "Connecting to an Amazon SES SMTP endpoint"."""
GATEWAYS = frozenset({"dynamodb", "s3express"})
"""Services with a gateway endpoint, which costs nothing, besides `s3` (Amazon VPC User Guide, "Gateway endpoints")."""


class Endpoints(Construct):
    """
    Define an endpoint for each of *services*, open to the whole VPC and limited by *perimeter*.

    The look-up of a service fails in the plan where the region has none of its name.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        network: Network,
        account: Account,
        perimeter: Perimeter,
        vpc_cidr: str,
        services: Sequence[str],
    ) -> None:
        super().__init__(scope, id_)

        self._network = network
        self._account = account
        self._perimeter = perimeter
        self._security_group = SecurityGroup(self, "SecurityGroup", network=network, owner="Endpoints")
        self._security_group.allow_from_network(vpc_cidr, HTTPS, name="Vpc")
        if SMTP in services:
            for port in SMTP_PORTS:
                self._security_group.allow_from_network(vpc_cidr, port, name=f"Vpc{port}")
        self.ready = Ready(
            self._security_group.ready,
            *(self._gateway(each) if each in GATEWAYS else self._interface(each) for each in services),
        )

    def _interface(self, service: str) -> VpcEndpoint:
        id_ = service.replace(".", "_")
        name = partition_of(self._account.region).endpoint_service_name(self._account.region, service)
        found = DataAwsVpcEndpointService(self, f"{id_}_service", service_name=name, service_type="Interface")
        network = self._network
        return VpcEndpoint(
            self,
            id_,
            vpc_id=network.vpc_id,
            service_name=name,
            vpc_endpoint_type="Interface",
            private_dns_enabled=True,
            subnet_ids=network.private_subnet_ids,
            security_group_ids=[self._security_group.id],
            # Some services support no policy, such as `email-smtp`.
            policy=f"${{{state_address_of(found)}.vpc_endpoint_policy_supported ? {self._policy(service)} : null}}",
            tags={"Name": f"{network.name}-{service}"},
        )

    def _gateway(self, service: str) -> VpcEndpoint:
        region = self._account.region
        return VpcEndpoint(
            self,
            service,
            vpc_id=self._network.vpc_id,
            service_name=partition_of(region).endpoint_service_name(region, service),
            vpc_endpoint_type="Gateway",
            route_table_ids=self._network.private_route_table_ids,
            policy=self._perimeter.policy(service, self._account),
            tags={"Name": f"{self._network.name}-{service}"},
        )

    def _policy(self, service: str) -> str:
        """Return the reference to the policy of a service; only OWN_POLICIES differ."""
        name = f"endpoint_policy_{service}" if service in OWN_POLICIES else "endpoint_policy"
        # A local, because a JSON document inside an expression would be escaped twice.
        TerraformStack.of(self).add_override(f"locals.{name}", self._perimeter.policy(service, self._account))
        return f"local.{name}"
