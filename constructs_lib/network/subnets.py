"""The subnets of a network: the address blocks of new ones, and the look-up of existing ones."""

from __future__ import annotations

import ipaddress
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from cdktf import Postcondition, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.data_aws_subnet import DataAwsSubnet

from constructs_lib.engine.addressed_stack import state_address_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs import Construct


class Subnets(NamedTuple):
    """The CIDR blocks of the subnets, one for each zone in each list."""

    private: list[str]
    public: list[str]


def divide(vpc_cidr: str, zones: int) -> Subnets:
    """
    Give each zone a quarter of the VPC for private addresses and a 32nd for public ones.

    Each task has a private address; only the load balancer and NAT have public ones. Two zones get the blocks that they
    would have among three, so that a third zone can be added later.
    """
    network = ipaddress.IPv4Network(vpc_cidr)
    *private, last = network.subnets(prefixlen_diff=2)
    public = last.subnets(prefixlen_diff=3)
    return Subnets([str(block) for block in private[:zones]], [str(block) for block in islice(public, zones)])


def word_of(subnet_id: str) -> str:
    """Return the word for an existing subnet in state addresses."""
    return f"_{subnet_id}".replace("-", "_")


def look_up_subnets(scope: Construct, kind: str, ids: Sequence[str], *, vpc_id: str) -> None:
    """Look up existing subnets; the plan fails for one in another VPC, and for two in one zone."""
    zones: list[str] = []
    for id_ in ids:
        found = DataAwsSubnet(scope, f"{kind.capitalize()}{word_of(id_)}", id=id_)
        found.lifecycle = TerraformResourceLifecycle(
            postcondition=[
                Postcondition(
                    condition=f'${{self.vpc_id == "{vpc_id}"}}',
                    error_message=f"existing_network.{kind}_subnet_ids has {id_}, which is in ${{self.vpc_id}} and"
                    f" not in vpc_id, {vpc_id}.",
                ),
                Postcondition(
                    condition=f"${{!contains([{', '.join(zones)}], self.availability_zone)}}",
                    error_message=f"existing_network.{kind}_subnet_ids has two subnets in"
                    f" ${{self.availability_zone}}, the second is {id_}. A load balancer and EFS take one"
                    " in each zone: keep one.",
                ),
            ]
        )
        zones.append(f"{state_address_of(found)}.availability_zone")
