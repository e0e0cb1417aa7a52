"""Promises of the domain of a stage: the look-up of its zone, and the certificate that the stack makes."""

from typing import Any

import pytest
from cdktf import TerraformStack

from constructs_lib.iam.account import Account
from constructs_lib.network.load_balancer import LoadBalancer
from constructs_lib.network.network import Network
from tests.template import Properties, Template
from tests.variants import CERTIFICATE, NETWORK, variant


@pytest.fixture(name="template")
def _tls() -> Template:
    return variant("tls")


def test_it_is_for_the_domain_and_proven_by_dns(template: Template) -> None:
    """The certificate is for the domain, and its record is in the hosted zone."""
    certificate = template.one("aws_acm_certificate")
    [record] = [each for each in template.all("aws_route53_record").values() if "records" in each]

    assert (certificate["domain_name"], certificate["validation_method"]) == ("airflow.example.com", "DNS")
    assert record["zone_id"] == "${data.aws_route53_zone.load_balancer_hosted.zone_id}"
    for attribute in ("resource_record_name", "resource_record_type", "resource_record_value"):
        assert attribute in str(record)


def test_no_listener_takes_it_unproven(template: Template) -> None:
    """The listener uses the certificate only after its validation."""
    assert template.one("aws_lb_listener")["certificate_arn"] == (
        "${aws_acm_certificate_validation.load_balancer.certificate_arn}"
    )
    assert template.one("aws_acm_certificate_validation")["certificate_arn"] == (
        "${aws_acm_certificate.load_balancer.arn}"
    )
    assert "aws_route53_record.load_balancer_certificate_validation" in template.needs("aws_lb_listener.load_balancer")


def test_a_new_one_comes_before_the_old_one_goes(template: Template) -> None:
    """A new certificate is created before the old one is deleted."""
    assert template.one("aws_acm_certificate")["lifecycle"]["create_before_destroy"] is True


def test_a_wrong_proof_is_soon_forgotten(template: Template) -> None:
    """The validation record has a short time to live."""
    [record] = [each for each in template.all("aws_route53_record").values() if "records" in each]

    assert record["ttl"] <= 300
    # A second stage for the same domain proves it by the same record.
    assert record["allow_overwrite"] is True


def look_up(template: Template) -> Properties:
    """Return the look-up of the zone."""
    zones: dict[str, Properties] = template.all("aws_route53_zone", block="data")
    (zone,) = zones.values()
    return zone


def conditions(template: Template) -> list[str]:
    """Return what must hold for the zone."""
    return [each["condition"] for each in look_up(template)["lifecycle"]["postcondition"]]


def test_a_certificate_is_proven_in_a_public_zone() -> None:
    """The hosted zone for a certificate must contain the domain and be public."""
    template = variant("tls")

    assert look_up(template)["zone_id"] == "Z0123456789"
    assert len(conditions(template)) == 2
    assert "${self.private_zone != true}" in conditions(template)


def load_balancer(account: Account, **arguments: Any) -> Template:  # noqa: ANN401 any argument
    """Return a stack with nothing but a load balancer with a domain."""
    stack = TerraformStack.of(account)
    network = Network(stack, "Network", account=account, name="airflow-dev", existing=NETWORK)
    LoadBalancer(
        stack, "LoadBalancer", network=network, name="airflow-dev", domain_name="airflow.example.com", **arguments
    )
    return Template.of(stack)


@pytest.mark.parametrize(
    "arguments", [{"listener_protocol": "TLS", "certificate_arn": CERTIFICATE}, {"listener_protocol": "TCP"}]
)
def test_a_record_alone_may_be_in_a_private_zone(arguments: dict[str, str], account: Account) -> None:
    """A zone only for the record can be private."""
    template = load_balancer(account, hosted_zone_id="Z0123456789", **arguments)

    assert "${self.private_zone != true}" not in conditions(template)
    assert len(conditions(template)) == 1


def test_without_a_zone_nothing_is_looked_up(account: Account) -> None:
    """Without a hosted zone nothing is looked up."""
    template = load_balancer(account, listener_protocol="TLS", certificate_arn=CERTIFICATE)

    assert not template.all("aws_route53_zone", block="data")
