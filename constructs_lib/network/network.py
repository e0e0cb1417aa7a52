"""The network of a stage: VPC, subnets and their routes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from cdktf import Postcondition, TerraformResource, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.data_aws_availability_zones import (
    DataAwsAvailabilityZones,
    DataAwsAvailabilityZonesFilter,
)
from cdktf_cdktf_provider_aws.default_security_group import DefaultSecurityGroup
from cdktf_cdktf_provider_aws.eip import Eip
from cdktf_cdktf_provider_aws.internet_gateway import InternetGateway
from cdktf_cdktf_provider_aws.nat_gateway import NatGateway
from cdktf_cdktf_provider_aws.route import Route
from cdktf_cdktf_provider_aws.route_table import RouteTable
from cdktf_cdktf_provider_aws.route_table_association import RouteTableAssociation
from cdktf_cdktf_provider_aws.subnet import Subnet
from cdktf_cdktf_provider_aws.vpc import Vpc
from cdktf_cdktf_provider_aws.vpc_endpoint import VpcEndpoint
from constructs import Construct

from constructs_lib.engine.order import Ready
from constructs_lib.network.endpoint_policy import Perimeter
from constructs_lib.network.endpoints import Endpoints
from constructs_lib.network.subnets import divide, look_up_subnets, word_of
from constructs_lib.settings.partition import partition_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs_lib.iam.account import Account
    from constructs_lib.settings.existing import ExistingNetwork

Nat = Literal["per_az", "single", "none"]
"""A NAT gateway in each Availability Zone, one for all, or VPC endpoints and no way to the internet."""
ANYWHERE = "0.0.0.0/0"
ZONES = "ABC"
WITHOUT_FARGATE = ["apne1-az3", "cnn1-az3", "cnn1-az4", "usw1-az2"]
"""Ids of Availability Zones in which Fargate runs no tasks (AWS: "Supported Regions for Amazon ECS on AWS Fargate")."""


class Network(Construct):
    """
    Define a VPC with a public and a private subnet in each zone, and the routes out of them, or use an existing one.

    If *nat* is `none`, endpoints lead to *endpoint_services*, and let through what *perimeter* allows. With *existing*
    only *uses_public_subnets* has an effect, and the other arguments are ignored.

    What a smaller `nat` or `availability_zones` removes is destroyed after all its users have been updated: Terraform
    keeps this order where `create_before_destroy` is set. No resource here has a name that could be in use.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        account: Account,
        name: str,
        existing: ExistingNetwork | None = None,
        uses_public_subnets: bool = True,
        vpc_cidr: str = "10.0.0.0/16",
        availability_zones: int = 2,
        nat: Nat = "single",
        endpoint_services: Sequence[str] = (),
        perimeter: Perimeter | None = None,
    ) -> None:
        super().__init__(scope, id_)

        self.name = name
        self._account = account
        self.ready = Ready()
        """What must exist before a task in a private subnet reaches AWS."""
        self.zones: list[str] = []
        """The Availability Zones of the private subnets; empty in an existing network."""
        self.internet_gateways: list[TerraformResource] = []
        """What must exist before anything with a public address; empty in an existing network, which has its own."""
        self.private_route_table_ids: list[str] = []
        if existing:
            self._use(existing, uses_public_subnets=uses_public_subnets)
            return

        self.vpc_id = self._vpc(vpc_cidr)
        zones = self._available_zones(availability_zones)
        blocks = divide(vpc_cidr, availability_zones)
        public = [self._subnet("Public", *each) for each in zip(ZONES, zones, blocks.public, strict=False)]
        private = [self._subnet("Private", *each) for each in zip(ZONES, zones, blocks.private, strict=False)]
        self.public_subnet_ids = [subnet.id for subnet in public]
        self.private_subnet_ids = [subnet.id for subnet in private]
        self.private_subnets = dict(zip(ZONES, self.private_subnet_ids, strict=False))
        """By a word for addresses that does not depend on the order of a list: zone or subnet id."""
        self.zones = [subnet.availability_zone for subnet in private]

        self._route(public, private, nat)
        self._define_endpoints(endpoint_services, perimeter or Perimeter(), vpc_cidr=vpc_cidr, closed=nat == "none")

    def _use(self, existing: ExistingNetwork, *, uses_public_subnets: bool) -> None:
        """Look up the subnets of an existing network."""
        self.vpc_id = existing.vpc_id
        self.private_subnet_ids = list(existing.private_subnet_ids)
        self.private_subnets = {word_of(subnet): subnet for subnet in self.private_subnet_ids}
        self.public_subnet_ids = list(existing.public_subnet_ids)
        look_up_subnets(self, "private", existing.private_subnet_ids, vpc_id=existing.vpc_id)
        if uses_public_subnets:
            look_up_subnets(self, "public", existing.public_subnet_ids, vpc_id=existing.vpc_id)

    def _vpc(self, cidr: str) -> str:
        """Define the VPC and return its id."""
        vpc = Vpc(
            self,
            "Resource",
            cidr_block=cidr,
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags={"Name": self.name},
        )
        # Without rules: a resource without its own security group reaches nothing.
        DefaultSecurityGroup(self, "Default", vpc_id=vpc.id, tags={"Name": f"{self.name}-default"})
        return vpc.id

    def _available_zones(self, count: int) -> list[str]:
        """Look up *count* Availability Zones."""
        available = DataAwsAvailabilityZones(
            self,
            "Zones",
            state="available",
            exclude_zone_ids=WITHOUT_FARGATE,
            # An account must opt in to Local Zones and Wavelength Zones, which have no Fargate.
            filter=[DataAwsAvailabilityZonesFilter(name="opt-in-status", values=["opt-in-not-required"])],
        )
        # Some accounts see two zones in a region of three.
        available.lifecycle = TerraformResourceLifecycle(
            postcondition=[
                Postcondition(
                    condition=f"${{length(self.names) >= {count}}}",
                    error_message=f"availability_zones is {count}, and {self._account.region} offers"
                    ' this account ${length(self.names)}: ${join(", ", self.names)}. Choose a smaller number or'
                    " another region.",
                )
            ]
        )
        # An index that is too high fails. `element()` would start again at the first zone, and AWS refuses a load
        # balancer and a file system with two subnets in one zone.
        return [available.get_string_attribute(f"names[{index}]") for index in range(count)]

    def _route(self, public: Sequence[Subnet], private: Sequence[Subnet], nat: Nat) -> None:
        """Route the public subnets to the internet gateway, and the private ones to NAT gateways, if there are any."""
        gateway = InternetGateway(self, "InternetGateway", vpc_id=self.vpc_id, tags={"Name": self.name})
        self.internet_gateways.append(gateway)
        self._routes("Public", public, gateway_id=gateway.id)
        nats = self._nats(nat, public, gateway)
        self.private_route_table_ids = [
            self._routes(f"Private{zone}", [subnet], nat_gateway_id=nats[index % len(nats)].id if nats else None).id
            for index, (zone, subnet) in enumerate(zip(ZONES, private, strict=False))
        ]

    def _define_endpoints(self, services: Sequence[str], perimeter: Perimeter, *, vpc_cidr: str, closed: bool) -> None:
        """Define the endpoint of S3, and those of *services* in a network that is closed to the internet."""
        region = self._account.region
        self.ready.add(
            # It costs nothing, and layers of images and task logs need no NAT.
            VpcEndpoint(
                self,
                "S3",
                vpc_id=self.vpc_id,
                service_name=partition_of(region).endpoint_service_name(region, "s3"),
                vpc_endpoint_type="Gateway",
                route_table_ids=self.private_route_table_ids,
                policy=perimeter.policy("s3", self._account) if closed else None,
                tags={"Name": f"{self.name}-s3"},
            )
        )
        if closed:
            endpoints = Endpoints(
                self,
                "Endpoints",
                network=self,
                account=self._account,
                perimeter=perimeter,
                vpc_cidr=vpc_cidr,
                services=services,
            )
            self.ready.add(endpoints.ready)

    def _subnet(self, kind: str, letter: str, zone: str, block: str) -> Subnet:
        return Subnet(
            self,
            f"{kind}{letter}",
            vpc_id=self.vpc_id,
            availability_zone=zone,
            cidr_block=block,
            tags={"Name": f"{self.name}-{kind.lower()}-{letter.lower()}"},
            # A zone that AWS adds may move the others in the list: the subnets stay where they are.
            lifecycle=TerraformResourceLifecycle(ignore_changes=["availability_zone"], create_before_destroy=True),
        )

    def _routes(
        self, id_: str, subnets: Sequence[Subnet], *, gateway_id: str | None = None, nat_gateway_id: str | None = None
    ) -> RouteTable:
        """Define a route table of *subnets*, with a route to anywhere if there is a gateway."""
        table = RouteTable(
            self,
            f"{id_}RouteTable",
            vpc_id=self.vpc_id,
            tags={"Name": f"{self.name}-{id_.lower()}"},
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )
        for subnet in subnets:
            association = f"{subnet.node.id}Association"
            self.ready.add(RouteTableAssociation(self, association, subnet_id=subnet.id, route_table_id=table.id))
        if gateway_id or nat_gateway_id:
            self.ready.add(
                Route(
                    self,
                    f"{id_}Route",
                    route_table_id=table.id,
                    destination_cidr_block=ANYWHERE,
                    gateway_id=gateway_id,
                    nat_gateway_id=nat_gateway_id,
                )
            )
        return table

    def _nats(self, mode: Nat, public: Sequence[Subnet], gateway: InternetGateway) -> list[NatGateway]:
        count = {"per_az": len(public), "single": 1, "none": 0}[mode]
        return [
            NatGateway(
                self,
                f"Nat{zone}",
                subnet_id=subnet.id,
                allocation_id=Eip(self, f"Nat{zone}Address", domain="vpc", tags={"Name": f"{self.name}-nat"}).id,
                tags={"Name": f"{self.name}-{zone.lower()}"},
                # AWS: a NAT gateway and its address need the VPC's internet gateway.
                depends_on=[gateway],
                lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
            )
            for zone, subnet in zip(ZONES, public[:count], strict=False)
        ]
