"""Promises of the cluster."""

import pytest

from tests.template import Template
from tests.variants import changed


@pytest.mark.parametrize("insights", ["enabled", "enhanced", "disabled"])
def test_container_insights_are_the_settings(insights: str) -> None:
    """As detailed as the stage says."""
    cluster = changed("compact", container_insights=insights).one("aws_ecs_cluster")

    assert cluster["setting"] == [{"name": "containerInsights", "value": insights}]


def test_fargate_is_all_it_offers(template: Template) -> None:
    """On demand and on Spot; which one, each service and each task says."""
    providers = template.one("aws_ecs_cluster_capacity_providers")

    assert providers["capacity_providers"] == ["FARGATE", "FARGATE_SPOT"]
    assert "default_capacity_provider_strategy" not in providers


def test_all_services_run_in_it(template: Template) -> None:
    """One cluster a stage."""
    assert {service["cluster"] for service in template.all("aws_ecs_service").values()} == {
        "${aws_ecs_cluster.cluster.arn}"
    }
