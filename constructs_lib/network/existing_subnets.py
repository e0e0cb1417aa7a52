"""The subnets of a network that exists already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import Postcondition, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.data_aws_subnet import DataAwsSubnet

from constructs_lib.engine.addressed_stack import state_address_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs import Construct


def word_of(subnet_id: str) -> str:
    """Return a word for the id of an existing subnet, as addresses have it."""
    return f"_{subnet_id}".replace("-", "_")


def look_up_subnets(scope: Construct, kind: str, ids: Sequence[str], *, vpc_id: str) -> None:
    """Fail in the plan where a subnet is in another VPC, or in the zone of another one."""
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
