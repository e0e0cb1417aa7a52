"""A stage's Terraform JSON, to be asked."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

Attributes = dict[str, Any]


class Synthesized:
    """A stack as `make synth` writes it: resources by type and name."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._resources: dict[str, dict[str, Attributes]] = document["resource"]

    def of(self, resource_type: str) -> dict[str, Attributes]:
        """Return the resources of a type by name; none is an empty answer."""
        return self._resources.get(resource_type, {})

    def referred(self, value: object, resource_type: str) -> Attributes | None:
        """Return the first resource of a type that *value* refers to; None if it is a literal or something else."""
        names = references(value, resource_type)
        return self.of(resource_type)[names[0]] if names else None

    def containers(self, task_definition: str) -> list[Attributes]:
        """Return the container definitions of a task definition."""
        definition = self.of("aws_ecs_task_definition")[task_definition]
        containers: list[Attributes] = json.loads(definition["container_definitions"])
        return containers

    def variables(self, task_definition: str) -> dict[str, str]:
        """Return the environment variables of all containers of a task definition."""
        containers = self.containers(task_definition)
        return {each["name"]: each["value"] for container in containers for each in container.get("environment", [])}

    def services(self) -> dict[str, str]:
        """Return for each ECS service, by the name of its resource, the name of its task definition's."""
        return {
            name: references(service["task_definition"], "aws_ecs_task_definition")[0]
            for name, service in self.of("aws_ecs_service").items()
        }

    def on_demand(self) -> list[str]:
        """Return the task definitions that no service runs: DAGs start them."""
        running = set(self.services().values())
        return [name for name in self.of("aws_ecs_task_definition") if name not in running]


def references(value: object, resource_type: str) -> list[str]:
    """Return the names of the resources of a type that *value* refers to, in the order they stand in it."""
    return re.findall(rf"\b{resource_type}\.(\w+)", json.dumps(value))


def endpoint_service(endpoint: Attributes) -> str:
    """Return the word that AWS knows the service of an *endpoint* by."""
    name: str = endpoint["service_name"]
    return name.split(".", 3)[3]
