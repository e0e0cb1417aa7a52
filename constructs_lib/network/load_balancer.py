"""The load balancer in front of Airflow's UI and API."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, Protocol

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.lb import Lb
from cdktf_cdktf_provider_aws.lb_listener import LbListener, LbListenerDefaultAction
from cdktf_cdktf_provider_aws.lb_target_group import LbTargetGroup, LbTargetGroupHealthCheck
from cdktf_cdktf_provider_aws.route53_record import Route53Record, Route53RecordAlias
from constructs import Construct

from constructs_lib.engine.order import Ready
from constructs_lib.network.domain import Certificate, HostedZone
from constructs_lib.network.security_group import SecurityGroup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs_lib.network.network import Network

PORTS = {"TCP": 80, "TLS": 443}
TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
DEREGISTRATION_SEC = 60
"""Time for running requests to end, shorter than AWS's 300 seconds, for which a deployment would wait."""


class Target(Protocol):
    """A service that a load balancer can forward to."""

    def add_target(self, *, target_group_arn: str, container: str, port: int) -> None:
        """Put the service's tasks into the target group."""


class LoadBalancer(Construct):
    """
    Define a Network Load Balancer for *allowed_cidrs*, and no other network; `forward_to()` adds its listener.

    With *hosted_zone_id* the zone gets a record for *domain_name*, and the record that proves its certificate for TLS.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        network: Network,
        name: str,
        allowed_cidrs: Sequence[str] = (),
        internal: bool = False,
        listener_protocol: Literal["TCP", "TLS"] = "TCP",
        certificate_arn: str | None = None,
        domain_name: str | None = None,
        hosted_zone_id: str | None = None,
        protected: bool = True,
    ) -> None:
        super().__init__(scope, id_)

        self._name = name
        self._vpc_id = network.vpc_id
        self._protocol = listener_protocol
        self._domain_name = domain_name
        self._certificate_arn = certificate_arn
        self._port = PORTS[listener_protocol]
        self.security_group = SecurityGroup(self, "SecurityGroup", network=network, owner="LoadBalancer")
        self.ready = Ready(self.security_group.ready)
        """What must exist before ECS registers a task: without a listener AWS refuses the service."""
        self._allow_from_networks(allowed_cidrs)
        self._load_balancer = Lb(
            self,
            "Resource",
            name=name,
            load_balancer_type="network",
            internal=internal,
            subnets=network.private_subnet_ids if internal else network.public_subnet_ids,
            security_groups=[self.security_group.id],
            enable_cross_zone_load_balancing=True,
            enable_deletion_protection=protected,
            # AWS refuses an internet-facing load balancer in a VPC whose internet gateway is not attached yet, and
            # Terraform sees no such edge (hashicorp/terraform-provider-aws#3580).
            depends_on=network.internet_gateways,
            # A change that replaces it fails in the plan; AWS would refuse it only after the listener is destroyed.
            lifecycle=TerraformResourceLifecycle(prevent_destroy=protected),
        )
        if hosted_zone_id and domain_name:
            self._define_record(hosted_zone_id, domain_name)
        scheme = {"TCP": "http", "TLS": "https"}[listener_protocol]
        self.url = f"{scheme}://{domain_name or self._load_balancer.dns_name}"

    def _allow_from_networks(self, cidrs: Sequence[str]) -> None:
        for index, cidr in enumerate(cidrs, start=1):
            # Named by its network: a new network in front of the others would move them all, and AWS refuses a rule
            # that still exists.
            rule = self.security_group.allow_from_network(cidr, self._port, name="_" + re.sub(r"\W", "_", cidr))
            rule.move_from_id(f"aws_vpc_security_group_ingress_rule.load_balancer_from_network{index}")

    def _define_record(self, hosted_zone_id: str, domain_name: str) -> None:
        """Let the domain resolve to the load balancer."""
        self._zone = HostedZone(
            self,
            "HostedZone",
            zone_id=hosted_zone_id,
            domain_name=domain_name,
            proves_certificate=self._protocol == "TLS" and not self._certificate_arn,
        )
        Route53Record(
            self,
            "Record",
            zone_id=self._zone.id,
            name=domain_name,
            type="A",
            alias=Route53RecordAlias(
                name=self._load_balancer.dns_name,
                zone_id=self._load_balancer.zone_id,
                evaluate_target_health=False,
            ),
        )

    def forward_to(self, service: Target, *, container: str, port: int, health_path: str) -> None:
        """Forward connections to *port* of *container*, as long as it answers requests for *health_path*."""
        targets = LbTargetGroup(
            self,
            "Targets",
            name=f"{self._name}-{container}",
            port=port,
            protocol="TCP",
            target_type="ip",
            vpc_id=self._vpc_id,
            deregistration_delay=str(DEREGISTRATION_SEC),
            health_check=LbTargetGroupHealthCheck(protocol="HTTP", path=health_path, matcher="200", interval=15),
        )
        tls = self._protocol == "TLS"
        self.ready.add(
            LbListener(
                self,
                "Listener",
                load_balancer_arn=self._load_balancer.arn,
                port=self._port,
                protocol=self._protocol,
                certificate_arn=self._certificate() if tls else None,
                ssl_policy=TLS_POLICY if tls else None,
                default_action=[LbListenerDefaultAction(type="forward", target_group_arn=targets.arn)],
            )
        )
        service.add_target(target_group_arn=targets.arn, container=container, port=port)

    def _certificate(self) -> str:
        """Return the ARN of the certificate; define it if there is none."""
        if self._certificate_arn:
            return self._certificate_arn
        return Certificate(
            self,
            "Certificate",
            domain_name=str(self._domain_name),
            hosted_zone_id=self._zone.id,
        ).arn
