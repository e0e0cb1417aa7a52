"""Promises of the network."""

from collections.abc import Callable

import pytest

from constructs_lib.engine.template import expressions, resource_names
from tests.template import Template
from tests.variants import INTERNAL_NETWORK, NETWORK, variant, with_other_values


def routes(template: Template) -> dict[str, str]:
    """Return the gateway of each subnet's route to anywhere, by the subnets' names."""
    tables: dict[str, str] = {
        resource_names(route["route_table_id"], "aws_route_table")[0]: route.get("nat_gateway_id")
        or route["gateway_id"]
        for route in template.all("aws_route").values()
        if route["destination_cidr_block"] == "0.0.0.0/0"
    }
    return {
        resource_names(association["subnet_id"], "aws_subnet")[0]: tables.get(
            resource_names(association["route_table_id"], "aws_route_table")[0], ""
        )
        for association in template.all("aws_route_table_association").values()
    }


@pytest.mark.parametrize(("stage", "zones"), [(variant, 2), (with_other_values, 3)])
def test_every_zone_has_a_subnet_of_each_kind(stage: Callable[[str], Template], zones: int) -> None:
    """Every zone has a public and a private subnet with a route table."""
    template = stage("compact")
    subnets = template.all("aws_subnet")

    for kind in ("public", "private"):
        mine = {name: subnet for name, subnet in subnets.items() if f"network_{kind}_" in name}
        assert len(mine) == len({subnet["availability_zone"] for subnet in mine.values()}) == zones
    assert routes(template).keys() == subnets.keys()
    assert not any(subnet.get("map_public_ip_on_launch") for subnet in subnets.values())


def test_no_two_subnets_share_a_zone_where_there_are_too_few(template: Template) -> None:
    """Too few zones fail the plan instead of sharing a zone."""
    for subnet in template.all("aws_subnet").values():
        [zone] = expressions(subnet["availability_zone"])
        assert [each.address for each in zone.references] == ["data.aws_availability_zones.network"]
        assert zone.tokens[-3:] in {("[", str(index), "]") for index in range(3)}


def test_no_subnet_is_in_a_zone_without_fargate(template: Template) -> None:
    """Tasks do not start in some zones of Tokyo, Beijing and Northern California."""
    for zones in template.all("aws_availability_zones", block="data").values():
        assert {"apne1-az3", "usw1-az2"} <= set(zones["exclude_zone_ids"])
        assert not any(each.endswith("-az1") for each in zones["exclude_zone_ids"])


def test_a_nat_gateway_in_each_zone(split: Template) -> None:
    """With `per_az` each zone has its own NAT gateway."""
    assert routes(split) == {
        "network_public_a": "${aws_internet_gateway.network.id}",
        "network_public_b": "${aws_internet_gateway.network.id}",
        "network_private_a": "${aws_nat_gateway.network_nat_a.id}",
        "network_private_b": "${aws_nat_gateway.network_nat_b.id}",
    }


def test_one_nat_gateway_for_all(compact: Template) -> None:
    """With `single` all private subnets use one NAT gateway."""
    assert {gateway for subnet, gateway in routes(compact).items() if "private" in subnet} == {
        "${aws_nat_gateway.network_nat_a.id}"
    }
    assert len(compact.all("aws_nat_gateway")) == len(compact.all("aws_eip")) == 1


def test_no_way_to_the_internet() -> None:
    """With `none` there is no route to the internet and no NAT gateway, and endpoints lead to AWS."""
    template = variant("no_nat")

    assert {gateway for subnet, gateway in routes(template).items() if "private" in subnet} == {""}
    assert not template.all("aws_nat_gateway")
    assert not template.all("aws_eip")
    assert len(template.all("aws_vpc_endpoint")) > 5


@pytest.mark.parametrize("name", ["compact", "split", "no_nat"])
def test_s3_is_reached_without_nat(name: str) -> None:
    """The S3 gateway endpoint is in every private subnet's route table."""
    template = variant(name)
    [gateway] = [each for each in template.all("aws_vpc_endpoint").values() if each["vpc_endpoint_type"] == "Gateway"]

    assert gateway["service_name"] == "com.amazonaws.us-east-1.s3"
    assert resource_names(gateway["route_table_ids"], "aws_route_table") == [
        name for name in template.all("aws_route_table") if "private" in name
    ]


def test_names_resolve(compact: Template) -> None:
    """The VPC has both DNS attributes, which endpoints and Cloud Map need."""
    vpc = compact.one("aws_vpc")

    assert (vpc["enable_dns_support"], vpc["enable_dns_hostnames"]) == (True, True)


def test_a_new_zone_moves_no_subnet(compact: Template) -> None:
    """A zone that AWS adds moves no subnet."""
    for subnet in compact.all("aws_subnet").values():
        assert subnet["lifecycle"]["ignore_changes"] == ["availability_zone"]


def test_an_internal_load_balancer_needs_no_public_subnets() -> None:
    """An internal load balancer in an existing network needs no public subnets."""
    template = with_other_values("existing")

    assert template.one("aws_lb")["subnets"] == list(INTERNAL_NETWORK.private_subnet_ids)
    assert len(template.all("aws_efs_mount_target")) == 4
    assert len(template.all("aws_subnet", block="data")) == 4


def test_an_existing_network_is_left_alone() -> None:
    """With an existing network no network is created, and services use its subnets."""
    template = variant("existing")
    kinds = ("aws_vpc", "aws_subnet", "aws_route", "aws_route_table", "aws_nat_gateway", "aws_internet_gateway")

    assert not any(template.all(kind) for kind in (*kinds, "aws_vpc_endpoint", "aws_default_security_group"))
    assert template.one("aws_lb")["subnets"] == list(NETWORK.public_subnet_ids)
    for service in template.all("aws_ecs_service").values():
        assert service["network_configuration"]["subnets"] == list(NETWORK.private_subnet_ids)
    assert {name: target["subnet_id"] for name, target in template.all("aws_efs_mount_target").items()} == {
        f"file_system_mount_target_{subnet.replace('-', '_')}": subnet for subnet in NETWORK.private_subnet_ids
    }
