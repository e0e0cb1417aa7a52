"""Promises of the VPC endpoints of a network without a route to the internet."""

import json

import pytest

from tests.airflow.test_closed_network import ALWAYS
from tests.template import Template
from tests.variants import variant, with_other_values


def test_mail_goes_over_its_own_ports() -> None:
    """Only the SMTP endpoint opens SES's five ports."""

    def ports(template: Template) -> set[int]:
        rules = template.all("aws_vpc_security_group_ingress_rule")
        mine = [rule for name, rule in rules.items() if name.startswith("network_endpoints_")]
        assert {rule["cidr_ipv4"] for rule in mine} == {"10.0.0.0/16"}
        return {rule["to_port"] for rule in mine}

    assert ports(with_other_values("no_nat")) == {25, 443, 465, 587, 2465, 2587}
    assert ports(variant("no_nat")) == {443}


def test_a_service_of_the_stage_is_looked_up() -> None:
    """The look-up fails in the plan for an unknown service, and the policy is set only where supported."""
    template = variant("no_nat")
    found = template.all("aws_vpc_endpoint_service", block="data")
    endpoints = template.all("aws_vpc_endpoint")

    for name, endpoint in endpoints.items():
        if endpoint["vpc_endpoint_type"] == "Interface":
            assert found[name] == {"service_name": endpoint["service_name"], "service_type": "Interface"}
            supported = f"data.aws_vpc_endpoint_service.{name}.vpc_endpoint_policy_supported"
            assert endpoint["policy"] == f"${{{supported} ? local.endpoint_policy : null}}"
    assert json.loads(template.document["locals"]["endpoint_policy"])["Statement"]


def test_the_policy_of_parameters_is_its_own() -> None:
    """Only the SSM endpoint's policy allows public parameters."""
    template = with_other_values("no_nat")

    assert template.all("aws_vpc_endpoint")["network_endpoints_ssm"]["policy"].endswith("endpoint_policy_ssm : null}")
    assert "parameter/aws/*" in template.document["locals"]["endpoint_policy_ssm"]


def test_dynamodb_is_reached_by_a_gateway() -> None:
    """DynamoDB has a gateway endpoint in the same route tables as S3, with a policy."""
    template = with_other_values("no_nat")
    gateway, s3 = (template.all("aws_vpc_endpoint")[name] for name in ("network_endpoints_dynamodb", "network_s3"))

    assert (gateway["vpc_endpoint_type"], gateway["service_name"]) == ("Gateway", "com.amazonaws.us-east-1.dynamodb")
    assert gateway["route_table_ids"] == s3["route_table_ids"]
    assert "OwnAccount" in gateway["policy"]
    assert "OwnedByAws" in s3["policy"]


@pytest.mark.parametrize("name", ["compact", "split"])
def test_a_network_with_nat_has_no_policy(name: str) -> None:
    """In a network with NAT the S3 endpoint has no policy."""
    assert "policy" not in variant(name).all("aws_vpc_endpoint")["network_s3"]


def test_each_service_is_reached_under_its_own_name() -> None:
    """Each service has private DNS in every private subnet, over HTTPS from inside the VPC."""
    template = variant("no_nat")
    endpoints = [each for each in template.all("aws_vpc_endpoint").values() if each["vpc_endpoint_type"] == "Interface"]
    rule = template.all("aws_vpc_security_group_ingress_rule")["network_endpoints_from_vpc"]

    assert sorted(each["service_name"] for each in endpoints) == [
        f"com.amazonaws.us-east-1.{service}" for service in sorted([*ALWAYS, "kms", "ssmmessages"])
    ]
    for endpoint in endpoints:
        assert endpoint["private_dns_enabled"] is True
        assert len(endpoint["subnet_ids"]) == 2
        assert endpoint["security_group_ids"] == ["${aws_security_group.network_endpoints.id}"]
    assert (rule["cidr_ipv4"], rule["from_port"], rule["to_port"]) == ("10.0.0.0/16", 443, 443)
