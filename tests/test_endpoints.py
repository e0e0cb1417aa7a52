"""Promises of the ways to AWS's services that do not lead over the internet."""

from pathlib import Path
from typing import Any

import pytest

from constructs_lib.ec2_capacity import Ec2Capacity
from constructs_lib.endpoints import endpoint_services
from constructs_lib.settings import Settings
from constructs_lib.task_folder import TaskFolder
from constructs_lib.task_settings import TaskSettings
from tests.variants import variant

ALWAYS = ["ecr.api", "ecr.dkr", "ecs", "logs", "secretsmanager", "sqs"]


def folder(settings: TaskSettings) -> TaskFolder:
    """Return a task with these settings."""
    return TaskFolder("x", Path("x"), settings)


def test_the_list_is_what_is_used() -> None:
    """Images, logs, secrets, the broker, and ECS for the DAGs that start tasks; no more without need."""
    assert endpoint_services(Settings(stage="dev"), [folder(A="team/token")]) == ALWAYS


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
    services = endpoint_services(Settings(stage="dev"), [folder(), folder(A=secret)])

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
