"""The rules about the load balancer's listener: certificate, domain name, and the networks that may reach it."""

from __future__ import annotations

from ipaddress import IPv4Network, collapse_addresses
from itertools import combinations, product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from constructs_lib.settings.settings import Settings

PRIVATE = [IPv4Network(each) for each in ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16")]
"""Addresses that the internet does not route (RFC 1918, RFC 6598)."""
MAX_CLEAR_TEXT_ADDRESSES = 2**24
"""A /8, the largest network that one organization has (IANA IPv4 Address Space Registry)."""

MAX_CERTIFICATE_NAME = 64
"""Characters (AWS Certificate Manager API reference, `RequestCertificate`)."""


def listener_rules(settings: Settings) -> Iterator[str]:
    """Yield a sentence for each contradiction."""
    if settings.certificate_arn and (region := settings.certificate_arn.split(":")[3]) != settings.region:
        yield f"certificate_arn must be of a certificate in the stage's region, {settings.region}, got one in {region}"
    yield from _tls(settings) if settings.listener_protocol == "TLS" else _clear_text(settings)
    if settings.hosted_zone_id and not settings.domain_name:
        yield "hosted_zone_id needs domain_name, the name of the record in that zone"
    for one, other in combinations(settings.allowed_cidrs, 2):
        if one == other:
            yield f"allowed_cidrs must name each network once, got {one} twice"


def _tls(settings: Settings) -> Iterator[str]:
    if settings.certificate_arn:
        return
    if not (settings.domain_name and settings.hosted_zone_id):
        yield (
            "listener_protocol 'TLS' needs certificate_arn, or domain_name and hosted_zone_id, for which ACM makes a"
            " certificate"
        )
    if (length := len(settings.domain_name or "")) > MAX_CERTIFICATE_NAME:
        yield (
            f"domain_name must not have more than {MAX_CERTIFICATE_NAME} characters, ACM's limit, got {length}; use a"
            " shorter name, or set certificate_arn"
        )


def _clear_text(settings: Settings) -> Iterator[str]:
    if settings.certificate_arn:
        yield "certificate_arn needs listener_protocol = 'TLS', got 'TCP'"
    if (addresses := _public_addresses(settings.allowed_cidrs)) > MAX_CLEAR_TEXT_ADDRESSES:
        yield (
            f"allowed_cidrs must not contain more than {MAX_CLEAR_TEXT_ADDRESSES} public addresses, a /8, without"
            f" listener_protocol = 'TLS', got {addresses}: passwords would cross the internet unencrypted"
        )


def _public_addresses(cidrs: Iterable[str]) -> int:
    """Return how many addresses of the internet are in *cidrs*, each counted once."""
    networks = list(collapse_addresses(IPv4Network(cidr) for cidr in cidrs))
    # Of two networks that overlap, one lies in the other.
    private = sum(
        min(one.num_addresses, other.num_addresses) for one, other in product(networks, PRIVATE) if one.overlaps(other)
    )
    return sum(each.num_addresses for each in networks) - private
