"""Promises of the cluster."""

import pytest

from tests.template import Template
from tests.variants import changed


@pytest.mark.parametrize("insights", ["enabled", "enhanced", "disabled"])
def test_container_insights_are_the_settings(insights: str) -> None:
    """As detailed as the stage says."""
    cluster = changed("compact", container_insights=insights).one("aws_ecs_cluster")

    assert cluster["setting"] == [{"name": "containerInsights", "value": insights}]


def test_it_offers_fargate_and_what_the_stage_adds(template: Template) -> None:
    """On demand, on Spot, and on the stage's instances; which one, each service and each task says."""
    providers = template.one("aws_ecs_cluster_capacity_providers")
    added = [f"${{aws_ecs_capacity_provider.{name}.name}}" for name in template.all("aws_ecs_capacity_provider")]

    assert providers["capacity_providers"] == ["FARGATE", "FARGATE_SPOT", *added]
    assert "default_capacity_provider_strategy" not in providers


def test_all_services_run_in_it(template: Template) -> None:
    """One cluster a stage."""
    assert {service["cluster"] for service in template.all("aws_ecs_service").values()} == {
        "${aws_ecs_cluster.cluster.arn}"
    }
