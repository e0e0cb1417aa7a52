"""The rules of ECS about several parameters of a request, or about what has been registered before."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from moto.core.exceptions import ServiceException

from airflow_on_fargate.local.aws.placement import FARGATE
from constructs_lib.shared.capacity import check_fargate_size
from constructs_lib.shared.ecs import (
    DEFINITION_BYTES,
    NOT_IN_STARTED_BY,
    OVERRIDES_LENGTH,
    is_tag,
    overrides_length,
)

Refusal = tuple[str, str]
"""The code and the message of ECS's error."""
INVALID, CLIENT = "InvalidParameterException", "ClientException"

NO_TASK_ROLE = (
    "The execute command failed because a valid task role is not being used. Specify a valid task role in your task"
    " definition or as a task override and try again."
)
NO_EXECUTION_ROLE = "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'."
NAMED_TWICE = (
    "The secret name must be unique and not shared with any new or existing environment variables set on the container,"
    " such as '{}'."
)
WRONG_TAG = (
    "Some tags contain invalid characters. Valid characters: UTF-8 letters, spaces, numbers and _ . / = + - : @."
)
TWO_WAYS = "Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again."
NO_WEIGHT = (
    "There are no capacity providers with a weight value greater than zero defined in the capacity provider strategy."
    " At least one capacity provider must have a weight value greater than zero specified."
)
MIXED = (
    "The specified capacity provider strategy cannot contain a mix of capacity providers using Auto Scaling groups and"
    " Fargate providers. Specify a valid capacity provider strategy and try again."
)
NO_SIZE = (
    "No Fargate configuration exists for given values: {} CPU, {} memory. See the Amazon ECS documentation for the"
    " valid values."
)


def run_task(request: Mapping[str, Any], backend: Any) -> Iterator[Refusal]:
    """Yield why ECS refuses a RunTask."""
    overrides = request.get("overrides") or {}
    if overrides_length(overrides) > OVERRIDES_LENGTH:
        yield INVALID, f"Container Overrides length must be at most {OVERRIDES_LENGTH}"
    if re.search(NOT_IN_STARTED_BY, request.get("startedBy", "")):
        yield INVALID, "startedBy contains invalid characters."
    yield from _tags(request)
    yield from _strategy(request)
    try:
        definition = active_definition(backend, request["taskDefinition"])
    except ServiceException as error:
        yield error.code, error.message
        return
    if definition.status != "ACTIVE":
        yield INVALID, "TaskDefinition is inactive"
    yield from _overrides(overrides, definition)
    yield from _network(request, definition)
    yield from _placement(request, definition, backend)
    if request.get("enableExecuteCommand") and not (
        overrides.get("taskRoleArn") or getattr(definition, "task_role_arn", None)
    ):
        yield INVALID, NO_TASK_ROLE


def register_task_definition(request: Mapping[str, Any], _backend: Any) -> Iterator[Refusal]:
    """Yield why ECS refuses a RegisterTaskDefinition."""
    length = len(json.dumps(request, separators=(",", ":"), ensure_ascii=False).encode())
    if length > DEFINITION_BYTES:
        yield CLIENT, f"Actual length: '{length}'. Max allowed length is '{DEFINITION_BYTES}' bytes."
    if re.search(r"[^A-Za-z0-9_-]", request["family"]):
        yield CLIENT, "Family contains invalid characters."
    yield from _tags(request)
    containers = request["containerDefinitions"]
    names = [container.get("name") for container in containers]
    if not containers:
        yield CLIENT, "Container list cannot be empty."
    if len(set(names)) < len(names):
        yield CLIENT, "Container names should be unique within a task definition."
    if not any(container.get("essential", True) for container in containers):
        yield CLIENT, "A task must have at least one essential container."
    for container in containers:
        yield from _container(container, request)
    if "FARGATE" in request.get("requiresCompatibilities", []):
        yield from _fargate_definition(request)


def _container(container: Mapping[str, Any], request: Mapping[str, Any]) -> Iterator[Refusal]:
    if re.search(r"[^A-Za-z0-9_-]", container.get("name") or ""):
        yield CLIENT, "Container name contains invalid characters."
    secrets = {each["name"] for each in container.get("secrets", [])}
    if both := secrets & {each.get("name") for each in container.get("environment", [])}:
        yield CLIENT, NAMED_TWICE.format(min(both))
    if secrets and not request.get("executionRoleArn"):
        yield CLIENT, NO_EXECUTION_ROLE


RULES: Mapping[str, Callable[[Mapping[str, Any], Any], Iterator[Refusal]]] = {
    "RunTask": run_task,
    "RegisterTaskDefinition": register_task_definition,
}
"""By operation; *backend* is moto's ECS."""


def active_definition(backend: Any, name: str) -> Any:
    """
    Return moto's task definition *name*; for a family, its latest active revision.

    Raises:
        ServiceException: there is none.

    """
    family = name.rpartition("/")[2]
    active = [
        revision for revision, each in backend.task_definitions.get(family, {}).items() if each.status == "ACTIVE"
    ]
    return backend.describe_task_definition(f"{family}:{max(active)}" if active else name)


def _tags(request: Mapping[str, Any]) -> Iterator[Refusal]:
    tags = [(tag.get("key"), tag.get("value", "")) for tag in request.get("tags", [])]
    if len({key for key, _ in tags}) < len(tags):
        yield INVALID, "Duplicate tag keys found."
    if any(str(key).lower().startswith("aws:") for key, _ in tags):
        yield INVALID, "Tag keys must not begin with the reserved prefix aws:."
    elif not all(is_tag(key, value) for key, value in tags):
        yield INVALID, WRONG_TAG


def _strategy(request: Mapping[str, Any]) -> Iterator[Refusal]:
    strategy = request.get("capacityProviderStrategy", [])
    if strategy and request.get("launchType"):
        yield INVALID, TWO_WAYS
    if strategy and not any(item.get("weight", 0) for item in strategy):
        yield INVALID, NO_WEIGHT
    if sum(1 for item in strategy if item.get("base")) > 1:
        yield INVALID, "Only one capacity provider in a capacity provider strategy can have a base defined."
    if len({item["capacityProvider"] in FARGATE for item in strategy}) > 1:
        yield INVALID, MIXED


def _overrides(overrides: Mapping[str, Any], definition: Any) -> Iterator[Refusal]:
    names = [container["name"] for container in definition.container_definitions]
    for container in overrides.get("containerOverrides", []):
        if container and not container.get("name"):
            yield INVALID, "If a non-empty container override is specified, the name parameter must be included."
        elif container and container["name"] not in names:
            yield INVALID, f"Override for container named {container['name']} is not a container in the TaskDefinition."


def _network(request: Mapping[str, Any], definition: Any) -> Iterator[Refusal]:
    vpc = request.get("networkConfiguration", {}).get("awsvpcConfiguration")
    if definition.network_mode == "awsvpc" and not vpc:
        yield INVALID, "Network Configuration must be provided when networkMode 'awsvpc' is specified."
    elif definition.network_mode == "awsvpc" and not vpc["subnets"]:
        yield INVALID, "subnets can not be empty."
    elif vpc and definition.network_mode != "awsvpc":
        yield INVALID, "Network Configuration is not valid for the given networkMode of this task definition."


def _placement(request: Mapping[str, Any], definition: Any, backend: Any) -> Iterator[Refusal]:
    launch_type, overrides = request.get("launchType"), request.get("overrides") or {}
    on_fargate = launch_type == "FARGATE" or _provider(request, backend) in FARGATE
    if on_fargate and "FARGATE" not in (definition.requires_compatibilities or ["EC2"]):
        yield INVALID, "Task definition does not support launch_type FARGATE."
    if not on_fargate:
        if launch_type == "EC2" and request.get("platformVersion"):
            yield INVALID, "The platform version must be null when specifying an EC2 launch type."
        if overrides.get("ephemeralStorage"):
            yield INVALID, "The ephemeralStorage override is only supported for tasks hosted on Fargate."
        return
    if request.get("placementConstraints") or request.get("placementStrategy"):
        yield INVALID, "Placement constraints and strategies are not supported for tasks on Fargate."
    changed = {each.get("name"): each for each in overrides.get("containerOverrides", [])}
    containers = [{**each, **changed.get(each["name"], {})} for each in definition.container_definitions]
    yield from _fargate_size(
        overrides.get("cpu") or definition.cpu, overrides.get("memory") or definition.memory, containers
    )


def _provider(request: Mapping[str, Any], backend: Any) -> str | None:
    strategy = request.get("capacityProviderStrategy")
    if not strategy and not request.get("launchType"):
        cluster = backend.clusters.get(request.get("cluster", "default").rpartition("/")[2])
        strategy = getattr(cluster, "default_capacity_provider_strategy", None)
    return strategy[0]["capacityProvider"] if strategy else None


def _fargate_definition(request: Mapping[str, Any]) -> Iterator[Refusal]:
    for name in ("cpu", "memory"):
        if not request.get(name):
            yield CLIENT, f"Fargate requires that '{name}' be defined at the task level."
            return
    if request.get("networkMode", "awsvpc") != "awsvpc":
        yield CLIENT, "Fargate only supports network mode ‘awsvpc’."  # noqa: RUF001 as ECS writes it
    containers = request["containerDefinitions"]
    drivers = {each.get("logConfiguration", {}).get("logDriver") for each in containers}
    if "awslogs" in drivers and not request.get("executionRoleArn"):
        yield CLIENT, "Fargate requires task definition to have execution role ARN to support log driver awslogs."
    # One that may run on EC2 as well may have a size of EC2's.
    if request["requiresCompatibilities"] == ["FARGATE"]:
        yield from _fargate_size(request["cpu"], request["memory"], containers)


def _fargate_size(cpu: str, memory: str, containers: Sequence[Mapping[str, Any]]) -> Iterator[Refusal]:
    units, mib = _units(cpu, "vcpu"), memory_mib(memory)
    for name, value in (("cpu", units), ("memory", mib)):
        if value is None:
            yield CLIENT, f"Invalid '{name}' setting for task."
    if units is None or mib is None:
        return
    try:
        check_fargate_size(units, mib)
    except ValueError:
        yield CLIENT, NO_SIZE.format(units, mib)
    for container in containers:
        for name, value in (("cpu", units), ("memory", mib)):
            if (container.get(name) or 0) > value:
                yield CLIENT, f"The '{name}' setting for container '{container['name']}' is greater than for the task."


def memory_mib(text: str) -> int | None:
    """Return the MiB of a task's memory, which ECS takes as `1024` and as `1GB`; None: it is no such text."""
    return _units(text, "gb")


def _units(text: str, unit: str) -> int | None:
    found = re.fullmatch(rf"(\d+)|(\d*\.?\d+)\s*{unit}", str(text).strip(), re.IGNORECASE)
    if not found:
        return None
    return int(found[1]) if found[1] else int(float(found[2]) * 1024)
