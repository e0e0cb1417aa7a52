"""How a VPC's addresses are shared out."""

import ipaddress
from itertools import combinations

import pytest

from constructs_lib.network.subnets import divide


@pytest.mark.parametrize("vpc_cidr", ["10.0.0.0/16", "172.16.8.0/21", "192.168.2.0/23"])
@pytest.mark.parametrize("zones", [2, 3])
def test_blocks_lie_in_the_vpc_and_apart(vpc_cidr: str, zones: int) -> None:
    """Blocks are inside the VPC, do not overlap, and have AWS's minimum size."""
    subnets = divide(vpc_cidr, zones)
    blocks = [ipaddress.IPv4Network(block) for block in (*subnets.private, *subnets.public)]

    assert (len(subnets.private), len(subnets.public)) == (zones, zones)
    assert all(block.subnet_of(ipaddress.IPv4Network(vpc_cidr)) for block in blocks)
    assert not any(one.overlaps(other) for one, other in combinations(blocks, 2))
    assert all(block.prefixlen <= 28 for block in blocks)


def test_the_subnets_of_tasks_are_the_largest() -> None:
    """A private subnet has a quarter of the VPC, and a public one a 32nd."""
    subnets = divide("10.0.0.0/16", 3)

    assert subnets.private == ["10.0.0.0/18", "10.0.64.0/18", "10.0.128.0/18"]
    assert subnets.public == ["10.0.192.0/21", "10.0.200.0/21", "10.0.208.0/21"]


def test_a_third_zone_moves_nothing() -> None:
    """A third zone does not move the blocks of the first two."""
    two, three = divide("10.0.0.0/20", 2), divide("10.0.0.0/20", 3)

    assert (three.private[:2], three.public[:2]) == (two.private, two.public)
