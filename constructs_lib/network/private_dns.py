"""The private DNS of a stage: host names inside the VPC."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from cdktf_cdktf_provider_aws.service_discovery_private_dns_namespace import ServiceDiscoveryPrivateDnsNamespace
from cdktf_cdktf_provider_aws.service_discovery_service import (
    ServiceDiscoveryService,
    ServiceDiscoveryServiceDnsConfig,
    ServiceDiscoveryServiceDnsConfigDnsRecords,
    ServiceDiscoveryServiceHealthCheckCustomConfig,
)
from constructs import Construct

from constructs_lib.engine.names import pascal_case

if TYPE_CHECKING:
    from constructs_lib.network.network import Network

# Shorter than a task needs to stop, so that clients soon forget the address of a stopped task.
TTL_SEC = 10


class Registrable(Protocol):
    """A service whose tasks can be found by a name."""

    def register(self, registry_arn: str) -> None:
        """Put the addresses of the service's tasks into the registry."""


class PrivateDns(Construct):
    """Define a private DNS zone for the stage; `register()` puts a service's tasks into it."""

    def __init__(self, scope: Construct, id_: str, *, network: Network) -> None:
        super().__init__(scope, id_)

        self.domain = f"{network.name}.internal"
        self._namespace_id = ServiceDiscoveryPrivateDnsNamespace(
            self,
            "Resource",
            name=self.domain,
            description="Airflow's processes find each other",
            vpc=network.vpc_id,
        ).id

    def host(self, name: str) -> str:
        """Return the host name under which *name* is registered."""
        return f"{name}.{self.domain}"

    def register(self, service: Registrable, *, name: str) -> None:
        """Let *name* resolve to the addresses of the tasks of *service*."""
        registry = ServiceDiscoveryService(
            self,
            pascal_case(name),
            name=name,
            namespace_id=self._namespace_id,
            dns_config=ServiceDiscoveryServiceDnsConfig(
                namespace_id=self._namespace_id,
                routing_policy="MULTIVALUE",
                dns_records=[ServiceDiscoveryServiceDnsConfigDnsRecords(ttl=TTL_SEC, type="A")],
            ),
            # Without it, Cloud Map answers with every task that is registered; with it, ECS reports whether a task's
            # containers are healthy. AWS always uses 1, and the provider drops an empty block.
            health_check_custom_config=ServiceDiscoveryServiceHealthCheckCustomConfig(failure_threshold=1),
            # Addresses that ECS has not deregistered yet must not keep the stage from being destroyed.
            force_destroy=True,
        )
        service.register(registry.arn)
