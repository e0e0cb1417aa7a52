"""The numbers of tasks of ECS services, where a benchmark stands in for ECS and starts and stops the tasks."""

from copy import copy
from typing import Any

from moto.ecs.models import EC2ContainerServiceBackend

from airflow_on_fargate.local.state import State, read_json


def install_service_counts(state: State) -> None:
    """
    Let DescribeServices answer with the counts in the file `service_counts` of *state*, while it exists.

    The file has the counts of each service by its name: `{"worker-default": {"desired_count": 2, "running_count": 1,
    "pending_count": 1}}`. Other services keep moto's counts; moto starts no tasks, so none of theirs are running.
    """
    describe_services = EC2ContainerServiceBackend.describe_services

    def describe(backend: Any, cluster: str, names: list[str]) -> Any:
        found, failures = describe_services(backend, cluster, names)
        # Copies: without the file, moto's own counts are there again.
        services, counts = [copy(service) for service in found], read_json(state.service_counts) or {}
        for service in services:
            for name, count in counts.get(service.name, {}).items():
                setattr(service, name, count)
        return services, failures

    EC2ContainerServiceBackend.describe_services = describe
