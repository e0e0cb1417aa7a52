"""Promises of the look-up of the zone that a domain is in."""

import pytest

from tests.template import Properties, Template
from tests.variants import changed, variant

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/x"


def look_up(template: Template) -> Properties:
    """Return the look-up of the zone."""
    zones: dict[str, Properties] = template.document["data"]["aws_route53_zone"]
    (zone,) = zones.values()
    return zone


def conditions(template: Template) -> list[str]:
    """Return what must hold for the zone."""
    return [each["condition"] for each in look_up(template)["lifecycle"]["postcondition"]]


def test_a_certificate_is_proven_in_a_public_zone() -> None:
    """The zone of the settings is looked up, must have the domain, and must not be private."""
    template = variant("tls")

    assert look_up(template)["zone_id"] == "Z0123456789"
    assert len(conditions(template)) == 2
    assert "${self.private_zone != true}" in conditions(template)


@pytest.mark.parametrize("settings", [{"certificate_arn": CERTIFICATE}, {"listener_protocol": "TCP"}])
def test_a_record_alone_may_be_in_a_private_zone(settings: dict[str, str]) -> None:
    """ACM does not look there."""
    assert "${self.private_zone != true}" not in conditions(changed("tls", **settings))
    assert len(conditions(changed("tls", **settings))) == 1


def test_without_a_zone_nothing_is_looked_up() -> None:
    """A domain whose record somebody else makes."""
    template = changed("tls", certificate_arn=CERTIFICATE, hosted_zone_id=None)

    assert "aws_route53_zone" not in template.document["data"]
