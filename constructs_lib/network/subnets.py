"""How a VPC's addresses are shared out."""

import ipaddress
from itertools import islice
from typing import NamedTuple


class Subnets(NamedTuple):
    """The CIDR blocks of the subnets, one a zone in each list."""

    private: list[str]
    public: list[str]


def divide(vpc_cidr: str, zones: int) -> Subnets:
    """
    Give each zone a quarter of the VPC for private addresses and a 32nd for public ones.

    Tasks take a private address each; public ones are for the load balancer and NAT alone. Two zones get the blocks
    that they would have among three, so that a third one can be added later.
    """
    network = ipaddress.IPv4Network(vpc_cidr)
    *private, last = network.subnets(prefixlen_diff=2)
    public = last.subnets(prefixlen_diff=3)
    return Subnets([str(block) for block in private[:zones]], [str(block) for block in islice(public, zones)])
