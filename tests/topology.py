"""How Airflow's processes reach each other in a stage."""

import json

from tests.template import Properties, Template, environment

SPOT_QUEUE = {"spot": {"url": "${aws_sqs_queue.queue_spot.url}", "region": "us-east-1"}}
DEFAULT_QUEUE = {"default": {"url": "${aws_sqs_queue.queue_default.url}", "region": "us-east-1"}}


def executes(template: Template, definition: str) -> str:
    """Return where the worker in a task definition reaches the execution API."""
    return environment(template.containers(definition)["worker"])["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"]


def queues(container: Properties) -> dict[str, dict[str, str]]:
    """Return the queues that a container knows."""
    found: dict[str, dict[str, str]] = json.loads(
        environment(container)["AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__PREDEFINED_QUEUES"]
    )
    return found


def opened(template: Template) -> set[str]:
    """Return the rules by which Airflow's services reach each other."""
    services = template.all("aws_ecs_service").keys()
    return {
        name
        for name in template.all("aws_vpc_security_group_ingress_rule")
        if any(name.startswith(f"{service}_from_") for service in services) and "load_balancer" not in name
    }
