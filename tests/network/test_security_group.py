"""Promises of who may connect to whom."""

from dataclasses import dataclass

import pytest
from cdktf import TerraformStack
from constructs import Construct

from constructs_lib.engine.addressed_stack import AddressedStack
from constructs_lib.iam.account import Account
from constructs_lib.network.network import Network
from constructs_lib.network.security_group import SecurityGroup
from tests.template import Template
from tests.variants import NETWORK

INGRESS = "aws_vpc_security_group_ingress_rule"
EGRESS = "aws_vpc_security_group_egress_rule"


@dataclass(frozen=True)
class Peer:
    """Something with a security group."""

    security_group: SecurityGroup


@pytest.fixture(name="network")
def _network(stack: AddressedStack) -> Network:
    account = Account(stack, "Account", region="us-east-1")
    return Network(stack, "Network", account=account, name="airflow-dev", existing=NETWORK)


def group(network: Network, owner: str, existing_id: str | None = None) -> SecurityGroup:
    """Define the group of *owner*."""
    scope = Construct(TerraformStack.of(network), owner)
    return SecurityGroup(scope, "SecurityGroup", network=network, owner=owner, existing_id=existing_id)


def test_it_begins_closed(stack: AddressedStack, network: Network) -> None:
    """A new security group has no rules."""
    group(network, "ApiServer")

    template = Template.of(stack)

    assert template.one("aws_security_group")["name"] == "airflow-dev-api-server"
    assert not template.all(INGRESS)
    assert not template.all(EGRESS)


def test_allow_from_opens_one_port_on_both_sides(stack: AddressedStack, network: Network) -> None:
    """`allow_from` adds an outbound rule to the peer and an inbound rule to the group, for one port."""
    database, worker = group(network, "Database"), group(network, "Worker")
    database.allow_from(Peer(worker), 5432)

    template = Template.of(stack)
    ingress, egress = template.one(INGRESS), template.one(EGRESS)

    for rule, own, other in ((ingress, "database", "worker"), (egress, "worker", "database")):
        assert rule["security_group_id"] == f"${{aws_security_group.{own}.id}}"
        assert rule["referenced_security_group_id"] == f"${{aws_security_group.{other}.id}}"
        assert (rule["ip_protocol"], rule["from_port"], rule["to_port"]) == ("tcp", 5432, 5432)


def test_saying_it_twice_is_saying_it_once(stack: AddressedStack, network: Network) -> None:
    """A repeated call adds no rule, and another port adds one."""
    database, worker = group(network, "Database"), group(network, "Worker")
    for port in (5432, 5432, 8080):
        database.allow_from(Peer(worker), port)

    assert len(Template.of(stack).all(INGRESS)) == 2


def test_nobody_needs_a_rule_for_himself(stack: AddressedStack, network: Network) -> None:
    """A group needs no rule for itself."""
    one = group(network, "Airflow")
    one.allow_from(Peer(one), 8080)

    assert not Template.of(stack).all(INGRESS)


def test_who_may_go_anywhere_needs_no_rule_out(stack: AddressedStack, network: Network) -> None:
    """A peer with access to anywhere gets no outbound rule."""
    database, worker = group(network, "Database"), group(network, "Worker")
    worker.allow_to_anywhere()
    database.allow_from(Peer(worker), 5432)

    egress = Template.of(stack).one(EGRESS)

    assert (egress["cidr_ipv4"], egress["ip_protocol"]) == ("0.0.0.0/0", "-1")


def test_a_network_is_let_in_at_one_port(stack: AddressedStack, network: Network) -> None:
    """A rule for a network names its CIDR block and port."""
    group(network, "LoadBalancer").allow_from_network("203.0.113.0/24", 443, name="Office")

    rule = Template.of(stack).one(INGRESS)

    assert (rule["cidr_ipv4"], rule["from_port"], rule["to_port"]) == ("203.0.113.0/24", 443, 443)
    assert "referenced_security_group_id" not in rule


def test_an_existing_group_gets_rules_and_nothing_else(stack: AddressedStack, network: Network) -> None:
    """An existing group gets rules and no other change."""
    group(network, "Database", existing_id="sg-1").allow_from(Peer(group(network, "Worker")), 5432)

    template = Template.of(stack)

    assert template.all("aws_security_group").keys() == {"worker"}
    assert template.one(INGRESS)["security_group_id"] == "sg-1"
