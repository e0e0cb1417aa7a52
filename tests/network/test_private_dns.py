"""Promises of names inside the VPC."""

from tests.template import Template


def test_the_zone_is_the_stages(split: Template) -> None:
    """The private DNS zone has the stage's name and VPC."""
    zone = split.one("aws_service_discovery_private_dns_namespace")

    assert (zone["name"], zone["vpc"]) == ("airflow-prod.internal", "${aws_vpc.network.id}")


def test_a_name_resolves_to_the_tasks_that_run(split: Template) -> None:
    """A name resolves to all running tasks, with a short time to live."""
    registry = split.one("aws_service_discovery_service")
    config = registry["dns_config"]

    assert registry["name"] == "api-server"
    assert (config["routing_policy"], config["dns_records"]) == ("MULTIVALUE", [{"ttl": 10, "type": "A"}])
    # Healthy ones: ECS reports the health of a task only to a service with this block.
    assert registry["health_check_custom_config"] == {"failure_threshold": 1}
    assert split.all("aws_ecs_service")["api_server"]["service_registries"] == {
        "registry_arn": "${aws_service_discovery_service.private_dns_api_server.arn}"
    }
