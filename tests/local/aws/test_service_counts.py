"""Promises of the counts of services that a benchmark starts and stops."""

import json

from tests.local.aws.endpoint import CLUSTER, Endpoint


def test_describe_services_answers_with_the_counts_of_the_file(endpoint: Endpoint) -> None:
    """While the file exists, a service in it has its counts, and another service keeps its own."""
    family = endpoint.register("worker", command=["true"])
    for service in ("counted", "other"):
        endpoint.ecs.create_service(cluster=CLUSTER, serviceName=service, taskDefinition=family, desiredCount=1)
    counts = {"counted": {"desired_count": 3, "running_count": 2, "pending_count": 1}}
    endpoint.state.service_counts.write_text(json.dumps(counts))
    try:
        found = endpoint.ecs.describe_services(cluster=CLUSTER, services=["counted", "other"])["services"]
    finally:
        endpoint.state.service_counts.unlink()

    assert {
        each["serviceName"]: (each["desiredCount"], each["runningCount"], each["pendingCount"]) for each in found
    } == {
        "counted": (3, 2, 1),
        "other": (1, 0, 1),
    }
