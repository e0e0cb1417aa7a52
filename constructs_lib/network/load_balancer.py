"""What people see."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.lb import Lb
from cdktf_cdktf_provider_aws.lb_listener import LbListener, LbListenerDefaultAction
from cdktf_cdktf_provider_aws.lb_target_group import LbTargetGroup, LbTargetGroupHealthCheck
from cdktf_cdktf_provider_aws.route53_record import Route53Record, Route53RecordAlias
from constructs import Construct, DependencyGroup

from constructs_lib.network.certificate import Certificate
from constructs_lib.network.hosted_zone import HostedZone
from constructs_lib.network.security_group import SecurityGroup
from constructs_lib.settings.processes import API_PORT, API_SERVER, HEALTH_PATH

if TYPE_CHECKING:
    from constructs_lib.network.network import Network
    from constructs_lib.settings.settings import Settings

PORTS = {"TCP": 80, "TLS": 443}
TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
# As long as the reference has it: requests under way end, and a deployment does not wait for AWS's 300 seconds.
DEREGISTRATION_SEC = 60


class Target(Protocol):
    """A service that a load balancer can forward to."""

    security_group: SecurityGroup

    def add_target(self, *, target_group_arn: str, container: str, port: int) -> None:
        """Put the service's tasks into the target group."""


class LoadBalancer(Construct):
    """
    Define a Network Load Balancer that lets in nobody but the networks that the settings name.

    `forward_to()` says where it sends what it accepts.
    """

    def __init__(self, scope: Construct, id_: str, *, network: Network, settings: Settings) -> None:
        super().__init__(scope, id_)

        self._settings = settings
        self._vpc_id = network.vpc_id
        self._port = PORTS[settings.listener_protocol]
        self.security_group = SecurityGroup(self, "SecurityGroup", network=network, owner="LoadBalancer")
        self.ready = DependencyGroup(self.security_group.ready)
        """What must exist before ECS registers a task: without a listener AWS refuses the service."""
        for index, cidr in enumerate(settings.allowed_cidrs, start=1):
            # By what it allows: a network in front of the others would move them all, and AWS refuses a rule that is
            # the same as one that is still there.
            rule = self.security_group.allow_from_network(cidr, self._port, name="_" + re.sub(r"\W", "_", cidr))
            rule.move_from_id(f"aws_vpc_security_group_ingress_rule.load_balancer_from_network{index}")
        self._load_balancer = Lb(
            self,
            "Resource",
            name=settings.name,
            load_balancer_type="network",
            internal=settings.internal,
            subnets=network.private_subnet_ids if settings.internal else network.public_subnet_ids,
            security_groups=[self.security_group.id],
            enable_cross_zone_load_balancing=True,
            enable_deletion_protection=settings.protected,
            # AWS refuses an internet-facing load balancer in a VPC whose internet gateway is not attached yet, and
            # Terraform sees no such edge (hashicorp/terraform-provider-aws#3580).
            depends_on=network.internet_gateways,
            # A change that replaces it fails in the plan, where AWS would refuse it after the listener is gone.
            lifecycle=TerraformResourceLifecycle(prevent_destroy=settings.protected),
        )
        if settings.hosted_zone_id and settings.domain_name:
            self._zone = HostedZone(
                self,
                "HostedZone",
                zone_id=settings.hosted_zone_id,
                domain_name=settings.domain_name,
                proves_certificate=settings.listener_protocol == "TLS" and not settings.certificate_arn,
            )
            Route53Record(
                self,
                "Record",
                zone_id=self._zone.id,
                name=settings.domain_name,
                type="A",
                alias=Route53RecordAlias(
                    name=self._load_balancer.dns_name,
                    zone_id=self._load_balancer.zone_id,
                    evaluate_target_health=False,
                ),
            )

        scheme = {"TCP": "http", "TLS": "https"}[settings.listener_protocol]
        self.url = f"{scheme}://{settings.domain_name or self._load_balancer.dns_name}"

    def forward_to(self, api_server: Target) -> None:
        """Send what is accepted to the api-server's container, as long as it answers its health check."""
        container, port = API_SERVER.name, API_PORT
        api_server.security_group.allow_from(self, port)
        targets = LbTargetGroup(
            self,
            "Targets",
            name=f"{self._settings.name}-{container}",
            port=port,
            protocol="TCP",
            target_type="ip",
            vpc_id=self._vpc_id,
            deregistration_delay=str(DEREGISTRATION_SEC),
            health_check=LbTargetGroupHealthCheck(protocol="HTTP", path=HEALTH_PATH, matcher="200", interval=15),
        )
        tls = self._settings.listener_protocol == "TLS"
        self.ready.add(
            LbListener(
                self,
                "Listener",
                load_balancer_arn=self._load_balancer.arn,
                port=self._port,
                protocol=self._settings.listener_protocol,
                certificate_arn=self._certificate_arn() if tls else None,
                ssl_policy=TLS_POLICY if tls else None,
                default_action=[LbListenerDefaultAction(type="forward", target_group_arn=targets.arn)],
            )
        )
        api_server.add_target(target_group_arn=targets.arn, container=container, port=port)

    def _certificate_arn(self) -> str:
        if given := self._settings.certificate_arn:
            return given
        return Certificate(
            self,
            "Certificate",
            domain_name=str(self._settings.domain_name),
            hosted_zone_id=self._zone.id,
        ).arn
