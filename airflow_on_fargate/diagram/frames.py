"""The frames of the picture, which contain the boxes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_on_fargate.diagram.boxes import endpoint_service

if TYPE_CHECKING:
    from collections.abc import Iterable

    from constructs_lib.engine.synthesized_stack import SynthesizedStack


@dataclass(frozen=True)
class Frame:
    """A frame with a title, inside another frame."""

    id: str
    title: str
    parent: str | None = None


def frames(stack: SynthesizedStack) -> list[Frame]:
    """Return the frames from the outside in."""
    service = next(iter(stack.all("aws_ecs_service").values()))
    balancer, cluster = stack.one("aws_lb"), stack.one("aws_ecs_cluster")
    vpc_id = next(iter(stack.all("aws_security_group").values()))["vpc_id"]
    vpc = stack.referred(vpc_id, "aws_vpc")
    gateways = [each for each in stack.all("aws_vpc_endpoint").values() if each["vpc_endpoint_type"] == "Gateway"]
    endpoints = "".join(f", gateway endpoint for {endpoint_service(each).upper()}" for each in gateways)
    public = [
        *balancer["subnets"] * (not balancer["internal"]),
        *(each["subnet_id"] for each in stack.all("aws_nat_gateway").values()),
    ]
    on_ec2 = " and EC2" if stack.all("aws_ecs_capacity_provider") else ""
    return [
        Frame("network", f"VPC {vpc['cidr_block'] if vpc else vpc_id}{endpoints}"),
        Frame("public", _subnets(stack, "Public", public), "network"),
        Frame("private", _subnets(stack, "Private", service["network_configuration"]["subnets"]), "network"),
        Frame("cluster", f"ECS cluster {cluster['name']} on Fargate{on_ec2}", "private"),
        Frame("services", "Airflow", "cluster"),
        Frame("tasks", "Tasks that DAGs start", "cluster"),
        Frame("region", "AWS services"),
    ]


def _subnets(stack: SynthesizedStack, kind: str, ids: Iterable[str]) -> str:
    found = [(id_, stack.referred(id_, "aws_subnet")) for id_ in dict.fromkeys(ids)]
    return f"{kind} subnets {', '.join(subnet['cidr_block'] if subnet else id_ for id_, subnet in found)}"
