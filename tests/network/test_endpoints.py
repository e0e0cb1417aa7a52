"""Promises of the ways to AWS's services that do not lead over the internet."""

import json
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.airflow.closed_network import endpoint_services
from constructs_lib.settings.capacity import Ec2Capacity
from constructs_lib.settings.settings import Settings
from constructs_lib.settings.task_folder import TaskFolder
from constructs_lib.settings.task_settings import TaskSettings
from tests.template import Template
from tests.variants import changed, variant

ALWAYS = ["ecr.api", "ecr.dkr", "ecs", "logs", "secretsmanager", "sqs"]


def folder(settings: TaskSettings) -> TaskFolder:
    """Return a task with these settings."""
    return TaskFolder("x", Path("x"), settings)


def test_the_list_is_what_is_used() -> None:
    """Images, logs, secrets, the broker, and ECS for the DAGs that start tasks; no more without need."""
    assert endpoint_services(Settings(stage="dev"), [folder(TaskSettings(secrets={"A": "team/token"}))]) == ALWAYS


def test_a_shell_needs_its_channel() -> None:
    """ECS Exec goes over ssmmessages."""
    services = endpoint_services(Settings(stage="dev", execute_command=True), [])

    assert services == sorted([*ALWAYS, "ssmmessages"])


def test_instances_have_an_agent_that_talks_to_ecs() -> None:
    """By two services that Fargate needs no endpoint for."""
    capacity = Ec2Capacity(instance_type="m7i.large", max_instances=1)
    services = endpoint_services(Settings(stage="dev", ec2_capacity=capacity), [])

    assert services == sorted([*ALWAYS, "ecs-agent", "ecs-telemetry"])


@pytest.mark.parametrize("secret", ["/team/token", "arn:aws:ssm:eu-central-1:123456789012:parameter/team/token"])
def test_a_parameter_needs_ssm(secret: str) -> None:
    """As soon as one task names a parameter, by path or by ARN."""
    services = endpoint_services(
        Settings(stage="dev"), [folder(TaskSettings()), folder(TaskSettings(secrets={"A": secret}))]
    )

    assert services == sorted([*ALWAYS, "ssm"])


@pytest.mark.parametrize(
    "settings",
    [
        {"secrets": {"TOKEN": "/team/token"}},
        {"processes": {"triggerer": {"secrets": {"TOKEN": "/team/token"}}}},
        {"worker_pools": {"spot": {"secrets": {"TOKEN": "/team/token"}}}},
    ],
)
def test_a_parameter_of_airflows_containers_needs_ssm(settings: dict[str, Any]) -> None:
    """Whichever of them names it."""
    assert "ssm" in endpoint_services(Settings(stage="dev", **settings), [])


def test_a_stage_adds_what_its_dags_call() -> None:
    """What is used anyway is not made twice."""
    settings = Settings(stage="dev", nat="none", additional_endpoints=("kms", "sqs"))

    assert endpoint_services(settings, []) == sorted([*ALWAYS, "kms"])


def test_mail_goes_over_its_own_ports() -> None:
    """SES takes SMTP on any of five, and nothing else is opened for other services."""

    def ports(template: Template) -> set[int]:
        rules = template.all("aws_vpc_security_group_ingress_rule")
        mine = [rule for name, rule in rules.items() if name.startswith("network_endpoints_")]
        assert {rule["cidr_ipv4"] for rule in mine} == {"10.0.0.0/16"}
        return {rule["to_port"] for rule in mine}

    assert ports(changed("no_nat", additional_endpoints=("email-smtp",))) == {25, 443, 465, 587, 2465, 2587}
    assert ports(variant("no_nat")) == {443}


def test_a_service_of_the_stage_is_looked_up() -> None:
    """A name that the region does not have fails in the plan; the policy is given to what takes one."""
    template = variant("no_nat")
    found = template.document["data"]["aws_vpc_endpoint_service"]
    endpoints = template.all("aws_vpc_endpoint")

    for name, endpoint in endpoints.items():
        if endpoint["vpc_endpoint_type"] == "Interface":
            assert found[name] == {"service_name": endpoint["service_name"], "service_type": "Interface"}
            supported = f"data.aws_vpc_endpoint_service.{name}.vpc_endpoint_policy_supported"
            assert endpoint["policy"] == f"${{{supported} ? local.endpoint_policy : null}}"
    assert json.loads(template.document["locals"]["endpoint_policy"])["Statement"]


def test_the_policy_of_parameters_is_its_own() -> None:
    """AWS has public ones."""
    template = changed("no_nat", additional_endpoints=("ssm",))

    assert template.all("aws_vpc_endpoint")["network_endpoints_ssm"]["policy"].endswith("endpoint_policy_ssm : null}")
    assert "parameter/aws/*" in template.document["locals"]["endpoint_policy_ssm"]


def test_dynamodb_is_reached_by_a_gateway() -> None:
    """It costs nothing, as that of S3, is in the same route tables, and has a policy."""
    template = changed("no_nat", additional_endpoints=("dynamodb",))
    gateway, s3 = (template.all("aws_vpc_endpoint")[name] for name in ("network_endpoints_dynamodb", "network_s3"))

    assert (gateway["vpc_endpoint_type"], gateway["service_name"]) == ("Gateway", "com.amazonaws.us-east-1.dynamodb")
    assert gateway["route_table_ids"] == s3["route_table_ids"]
    assert "OwnAccount" in gateway["policy"]
    assert "OwnedByAws" in s3["policy"]


@pytest.mark.parametrize("name", ["compact", "split"])
def test_a_network_with_nat_has_no_policy(name: str) -> None:
    """What S3 refused would go over the internet."""
    assert "policy" not in variant(name).all("aws_vpc_endpoint")["network_s3"]


def test_each_service_is_reached_under_its_own_name() -> None:
    """Private DNS, in every private subnet, over HTTPS from inside the VPC alone."""
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
