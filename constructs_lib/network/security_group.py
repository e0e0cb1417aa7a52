"""Security groups: who may connect to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from cdktf_cdktf_provider_aws.security_group import SecurityGroup as AwsSecurityGroup
from cdktf_cdktf_provider_aws.vpc_security_group_egress_rule import VpcSecurityGroupEgressRule
from cdktf_cdktf_provider_aws.vpc_security_group_ingress_rule import VpcSecurityGroupIngressRule
from constructs import Construct

from constructs_lib.engine.order import Ready

if TYPE_CHECKING:
    from constructs_lib.network.network import Network


class Connectable(Protocol):
    """Something that opens or accepts connections."""

    @property
    def security_group(self) -> SecurityGroup:
        """Its security group."""


class SecurityGroup(Construct):
    """
    Define a security group without rules: it allows no connection in or out.

    *owner* is one PascalCase word for what uses the group. With *existing_id* rules are added to an existing group, and
    its other rules stay.
    """

    def __init__(
        self, scope: Construct, id_: str, *, network: Network, owner: str, existing_id: str | None = None
    ) -> None:
        super().__init__(scope, id_)

        self.owner = owner
        self._goes_anywhere = False
        self._peers: set[tuple[str, int]] = set()
        self.ready = Ready()
        """The rules: a service that starts before them cannot connect."""
        self.id = existing_id or self._define(network)

    def _define(self, network: Network) -> str:
        words = "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in self.owner)
        name = f"{network.name}{words}"
        return AwsSecurityGroup(
            self,
            "Resource",
            name=name,
            description=f"{name}: who may connect is in its rules",
            vpc_id=network.vpc_id,
            tags={"Name": name},
            # A group that is replaced is removed from its services only after they have the new one.
            revoke_rules_on_delete=True,
        ).id

    def allow_from(self, peer: Connectable, port: int) -> None:
        """Let *peer* connect to the TCP *port*; a second call with the same arguments has no effect."""
        other = peer.security_group
        if other is self or (other.owner, port) in self._peers:
            return
        self._peers.add((other.owner, port))

        ingress = VpcSecurityGroupIngressRule(
            self,
            f"From{other.owner}_{port}",
            description=f"{other.owner} to {self.owner}",
            security_group_id=self.id,
            referenced_security_group_id=other.id,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
        )
        self.ready.add(ingress)
        if not other._goes_anywhere:  # noqa: SLF001 another object of this class
            egress = VpcSecurityGroupEgressRule(
                other,
                f"To{self.owner}_{port}",
                description=f"{other.owner} to {self.owner}",
                security_group_id=other.id,
                referenced_security_group_id=self.id,
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
            )
            other.ready.add(egress)

    def allow_from_network(self, cidr: str, port: int, *, name: str) -> VpcSecurityGroupIngressRule:
        """Let every address in *cidr* connect to the TCP *port*, and return the rule; *name* is part of its address."""
        rule = VpcSecurityGroupIngressRule(
            self,
            f"From{name}",
            description=f"{cidr} to {self.owner}",
            security_group_id=self.id,
            cidr_ipv4=cidr,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
        )
        self.ready.add(rule)
        return rule

    def allow_to_anywhere(self) -> None:
        """
        Allow connections to any address and port.

        DAGs and tasks call what their authors choose. The routes of the network limit what they reach.
        """
        self._goes_anywhere = True
        rule = VpcSecurityGroupEgressRule(
            self,
            "ToAnywhere",
            description=f"{self.owner} to anywhere",
            security_group_id=self.id,
            cidr_ipv4="0.0.0.0/0",
            ip_protocol="-1",
        )
        self.ready.add(rule)
