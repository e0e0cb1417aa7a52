"""Promises of the load balancer."""

import pytest

from tests.template import Template, environment
from tests.variants import CERTIFICATE, CLIENTS, variant, with_other_values

INGRESS = "aws_vpc_security_group_ingress_rule"


def let_in(template: Template) -> dict[str, int]:
    """Return the networks that the load balancer lets in, with the port."""
    return {
        rule["cidr_ipv4"]: rule["to_port"]
        for name, rule in template.all(INGRESS).items()
        if name.startswith("load_balancer_")
    }


def test_nobody_is_let_in_by_default(compact: Template, split: Template) -> None:
    """By default the load balancer accepts no connections."""
    assert let_in(compact) == let_in(split) == {}


def test_who_is_named_is_let_in() -> None:
    """A network in the settings can connect to the listener's port only."""
    assert let_in(with_other_values("compact")) == dict.fromkeys(CLIENTS, 80)
    assert let_in(variant("tls")) == {"203.0.113.0/24": 443, "198.51.100.0/24": 443}


def test_a_rule_is_addressed_by_what_it_allows() -> None:
    """A rule's address contains its network, so other rules do not move."""
    template = with_other_values("compact")

    assert {name for name in template.all(INGRESS) if name.startswith("load_balancer_")} == {
        "load_balancer_from_10_0_0_0_8",
        "load_balancer_from_203_0_113_7_32",
    }
    assert template.document["moved"] == [
        {"from": f"{INGRESS}.load_balancer_from_network1", "to": f"{INGRESS}.load_balancer_from_10_0_0_0_8"},
        {"from": f"{INGRESS}.load_balancer_from_network2", "to": f"{INGRESS}.load_balancer_from_203_0_113_7_32"},
    ]


def test_it_reaches_the_api_server_alone(template: Template) -> None:
    """The load balancer can connect only to the api-server's port."""
    [rule] = [
        each
        for name, each in template.all("aws_vpc_security_group_egress_rule").items()
        if name.startswith("load_balancer_")
    ]

    assert (rule["from_port"], rule["to_port"]) == (8080, 8080)
    assert "cidr_ipv4" not in rule


def test_targets_are_asked_for_their_version(template: Template) -> None:
    """The health check's path needs neither a login nor the database."""
    group = template.one("aws_lb_target_group")

    assert (group["protocol"], group["target_type"], group["port"]) == ("TCP", "ip", 8080)
    assert (group["health_check"]["protocol"], group["health_check"]["path"]) == ("HTTP", "/api/v2/version")
    assert group["deregistration_delay"] == "60"


def test_a_target_that_stops_answering_is_taken_out_within_a_minute(template: Template) -> None:
    """A target that fails its checks is removed within a minute."""
    check = template.one("aws_lb_target_group")["health_check"]
    # Terraform AWS provider, `aws_lb_target_group`: both thresholds are 3 where nothing is set.
    for threshold in ("healthy_threshold", "unhealthy_threshold"):
        assert check["interval"] * check.get(threshold, 3) <= 60


def test_one_api_server_answers_at_the_address_of_each_zone(template: Template) -> None:
    """Each zone's address reaches api-servers in other zones."""
    load_balancer = template.one("aws_lb")

    assert len(load_balancer["subnets"]) > 1
    assert load_balancer["enable_cross_zone_load_balancing"] is True


def test_tcp_is_handed_on_as_it_is(compact: Template) -> None:
    """A TCP listener has no certificate, and the URL starts with `http://`."""
    listener = compact.one("aws_lb_listener")

    assert (listener["port"], listener["protocol"]) == (80, "TCP")
    assert not listener.keys() & {"certificate_arn", "ssl_policy"}
    assert compact.document["output"]["airflow_url"]["value"] == "http://${aws_lb.load_balancer.dns_name}"


def test_tls_ends_here_with_the_teams_certificate() -> None:
    """A TLS listener has the team's certificate, refuses old protocols, and cookies are secure."""
    template = with_other_values("no_nat")
    listener = template.one("aws_lb_listener")

    assert (listener["port"], listener["protocol"], listener["certificate_arn"]) == (443, "TLS", CERTIFICATE)
    # The policy's name has the oldest version that it takes: TLS 1.2.
    assert listener["ssl_policy"].startswith("ELBSecurityPolicy-TLS13-1-2-Res-")
    assert not template.all("aws_acm_certificate")
    assert template.document["output"]["airflow_url"]["value"] == "https://${aws_lb.load_balancer.dns_name}"
    assert environment(template.containers("airflow")["api-server"])["AIRFLOW__FAB__COOKIE_SECURE"] == "True"


def test_a_domain_is_a_record_and_the_address() -> None:
    """A domain has a record for the load balancer, and the URL contains it."""
    template = variant("tls")
    record = template.all("aws_route53_record")["load_balancer"]

    assert (record["name"], record["type"]) == ("airflow.example.com", "A")
    assert record["zone_id"] == "${data.aws_route53_zone.load_balancer_hosted.zone_id}"
    assert record["alias"]["name"] == "${aws_lb.load_balancer.dns_name}"
    # There is no other address to give while no target is healthy.
    assert record["alias"]["evaluate_target_health"] is False
    assert template.document["output"]["airflow_url"]["value"] == "https://airflow.example.com"


@pytest.mark.parametrize(("internal", "kind"), [(True, "private"), (False, "public")])
def test_an_internal_one_has_private_addresses(*, internal: bool, kind: str) -> None:
    """An internal load balancer is in the private subnets, and another one in the public ones."""
    load_balancer = (with_other_values("no_nat") if internal else variant("compact")).one("aws_lb")

    assert load_balancer["internal"] is internal
    assert load_balancer["load_balancer_type"] == "network"
    assert all(f"network_{kind}_" in subnet for subnet in load_balancer["subnets"])
