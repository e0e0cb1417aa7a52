"""Promises of what keeps tasks running."""

from math import ceil, floor

import pytest

from constructs_lib.engine.synthesized_stack import capacity
from tests.template import Template
from tests.variants import VARIANTS, variant, with_other_values


def test_a_deployment_starts_the_new_before_it_stops_the_old(template: Template) -> None:
    """A deployment starts new tasks before it stops old ones."""
    for service in template.all("aws_ecs_service").values():
        assert service["deployment_minimum_healthy_percent"] == 100
        assert service["deployment_maximum_percent"] == 200


@pytest.mark.parametrize("name", VARIANTS)
def test_a_scheduler_is_always_running(name: str) -> None:
    """During a deployment a scheduler is always running."""
    template = variant(name)
    [service] = [
        each
        for each_name, each in template.all("aws_ecs_service").items()
        if "scheduler" in template.containers(each_name)
    ]
    wanted = capacity(service["desired_count"])

    # ECS rounds the minimum up and the maximum down.
    assert ceil(wanted * service["deployment_minimum_healthy_percent"] / 100) == wanted >= 1
    assert floor(wanted * service["deployment_maximum_percent"] / 100) > wanted
    assert service["deployment_circuit_breaker"] == {"enable": True, "rollback": True}


def test_a_shell_is_a_setting() -> None:
    """With ECS Exec each service's role can open the channels, and nothing else changes."""
    on, off = with_other_values("split"), variant("split")

    for service in on.all("aws_ecs_service"):
        # AWS: "Using Amazon ECS Exec", the permissions of the task role.
        assert on.actions(f"{service}_task") - off.actions(f"{service}_task") == {
            f"ssmmessages:{verb}{what}Channel" for verb in ("Create", "Open") for what in ("Control", "Data")
        }
        assert on.all("aws_ecs_service")[service]["enable_execute_command"] is True


def test_tags_reach_the_tasks(template: Template) -> None:
    """Tasks get the tags of their service, with ECS's own tags."""
    for service in template.all("aws_ecs_service").values():
        assert service["propagate_tags"] == "SERVICE"
        assert service["enable_ecs_managed_tags"] is True


def test_only_what_is_registered_is_in_dns(split: Template) -> None:
    """Only the api-server is registered in DNS and behind the load balancer."""
    services = split.all("aws_ecs_service")

    assert [name for name, each in services.items() if "service_registries" in each] == ["api_server"]
    assert [name for name, each in services.items() if "load_balancer" in each] == ["api_server"]
    assert [name for name, each in services.items() if "health_check_grace_period_seconds" in each] == ["api_server"]


def test_the_platform_version_is_the_stages() -> None:
    """The setting `LATEST` is the platform version."""
    template = with_other_values("compact")

    assert template.one("aws_ecs_service")["platform_version"] == "LATEST"


def test_a_mixed_capacity_is_the_services_strategy() -> None:
    """A mix is a capacity provider strategy with a base on demand and weights."""
    service = variant("mixed").all("aws_ecs_service")["worker_mixed"]

    assert service["capacity_provider_strategy"] == [
        {"capacity_provider": "FARGATE", "weight": 20, "base": 1},
        {"capacity_provider": "FARGATE_SPOT", "weight": 80},
    ]


def test_another_capacity_changes_a_service_in_place(template: Template) -> None:
    """Another capacity changes a service in place."""
    for service in template.all("aws_ecs_service").values():
        assert service["force_new_deployment"] is True
