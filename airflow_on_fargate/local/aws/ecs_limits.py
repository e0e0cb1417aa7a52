"""
The limits of ECS's API that neither AWS's SDK nor moto knows: a request beyond them fails as it fails on AWS.

The tables are those of AWS's API reference of ECS. Of the model that botocore has of the API, this checks what botocore
leaves to the service: maximums and enumerations. ECS's sentences are quoted from reports of users where there are any;
the others have the same form.
"""

import io
import json
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from math import inf
from typing import Any

import botocore.session
from moto.core import DEFAULT_ACCOUNT_ID
from moto.ecs.models import ecs_backends

from airflow_on_fargate.local.aws.ecs_rules import RULES, Refusal
from constructs_lib.shared.ecs import STARTED_BY_LENGTH

TARGET = "AmazonEC2ContainerServiceV20141113."
"""The start of the header X-Amz-Target of each call of ECS."""
ITEMS: Mapping[str, Mapping[str, int]] = {
    "RunTask": {
        "capacityProviderStrategy": 20,
        "networkConfiguration.awsvpcConfiguration.subnets": 16,
        "networkConfiguration.awsvpcConfiguration.securityGroups": 5,
        "overrides.containerOverrides[].environmentFiles": 10,
        "placementConstraints": 10,
        "placementStrategy": 5,
    },
    "RegisterTaskDefinition": {
        "containerDefinitions": 10,
        "containerDefinitions[].environmentFiles": 10,
        "placementConstraints": 10,
    },
    "DescribeContainerInstances": {"containerInstances": 100},
    "DescribeServices": {"services": 10},
    "DescribeTasks": {"tasks": 100},
    "GetTaskProtection": {"tasks": 100},
    "UpdateTaskProtection": {"tasks": 10},
}
"""The maximum number of items of a list, by the operation and the place of the list in its request."""
ITEM_NAMES = {"containerInstances": "instanceIds", "services": "service names", "tasks": "taskIds"}
"""What ECS calls a list in its sentences, where that is not the parameter's name."""
RANGES: Mapping[str, Mapping[str, tuple[int, int]]] = {
    "RunTask": {"count": (1, 10), "overrides.ephemeralStorage.sizeInGiB": (21, 200)},
    "RegisterTaskDefinition": {
        "containerDefinitions[].healthCheck.interval": (5, 300),
        "containerDefinitions[].healthCheck.retries": (1, 10),
        "containerDefinitions[].healthCheck.startPeriod": (0, 300),
        "containerDefinitions[].healthCheck.timeout": (2, 60),
        "containerDefinitions[].restartPolicy.restartAttemptPeriod": (60, 1800),
        "containerDefinitions[].stopTimeout": (0, 120),
        "ephemeralStorage.sizeInGiB": (21, 200),
    },
    "ListServices": {"maxResults": (1, 100)},
    "ListTasks": {"maxResults": (1, 100)},
    "UpdateTaskProtection": {"expiresInMinutes": (1, 2880)},
}
"""The minimum and the maximum of a number."""
LENGTHS: Mapping[str, Mapping[str, int]] = {
    "RunTask": {"clientToken": 64, "placementConstraints[].expression": 2000, "startedBy": STARTED_BY_LENGTH},
    "RegisterTaskDefinition": {"containerDefinitions[].name": 255, "family": 255},
}
"""The maximum number of characters of a text."""


class EcsLimits:
    """Answer a request of ECS that is beyond a limit; everything else is for *application*."""

    def __init__(self, application: Any, *, region: str) -> None:
        self._application = application
        self._region = region
        self._model = botocore.session.get_session().get_service_model("ecs")

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer a request (WSGI)."""
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        if target.startswith(TARGET):
            content = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            environ = {**environ, "wsgi.input": io.BytesIO(content)}
            for code, message in self.refusals(target.removeprefix(TARGET), json.loads(content or b"{}")):
                status = HTTPStatus.BAD_REQUEST
                start_response(f"{status.value} {status.phrase}", [("Content-Type", "application/x-amz-json-1.1")])
                return [json.dumps({"__type": code, "message": message}).encode()]
        answer: Iterable[bytes] = self._application(environ, start_response)
        return answer

    def refusals(self, operation: str, request: Mapping[str, Any]) -> Iterator[Refusal]:
        """Yield why ECS refuses the *request*, the first reason first."""
        if operation in self._model.operation_names:
            shape = self._model.operation_model(operation).input_shape
            for message in (*_by_model(shape, "", request), *_by_tables(operation, request)):
                yield "InvalidParameterException", message
        if operation in RULES:
            yield from RULES[operation](request, ecs_backends[DEFAULT_ACCOUNT_ID][self._region])


def _by_model(shape: Any, name: str, value: Any) -> Iterator[str]:
    """Yield the maximums and enumerations of botocore's model that the *value* of the parameter *name* exceeds."""
    yield from _by_maximum(shape, name, value)
    match shape.type_name, value:
        case "structure", Mapping():
            for key, each in value.items():
                if key in shape.members:
                    yield from _by_model(shape.members[key], key, each)
        case "list", list():
            for each in value:
                yield from _by_model(shape.member, name, each)


def _by_maximum(shape: Any, name: str, value: Any) -> Iterator[str]:
    """Yield the maximum or the enumeration that the *value* itself exceeds."""
    maximum = shape.metadata.get("max", inf)
    match shape.type_name, value:
        case "list", list() if len(value) > maximum:
            yield f"{name} can have at most {maximum} items."
        case "string", str() if shape.enum and value not in shape.enum:
            yield f"{name} should be one of [{','.join(shape.enum)}]"
        case "string", str() if len(value) > maximum:
            yield f"{name} longer than {maximum}."
        case "integer", int() if value > maximum:
            yield f"{name} must be at most {maximum}."


def _by_tables(operation: str, request: Mapping[str, Any]) -> Iterator[str]:
    for place, maximum in ITEMS.get(operation, {}).items():
        name = place.rpartition(".")[2]
        if any(len(value) > maximum for value in values(request, place)):
            yield f"{ITEM_NAMES.get(name, name)} can have at most {maximum} items."
    for place, (minimum, maximum) in RANGES.get(operation, {}).items():
        if not all(minimum <= value <= maximum for value in values(request, place)):
            yield f"{place.rpartition('.')[2]} must be between {minimum} and {maximum}."
    for place, maximum in LENGTHS.get(operation, {}).items():
        if any(len(value) > maximum for value in values(request, place)):
            yield f"{place.rpartition('.')[2]} longer than {maximum}."


def values(request: Any, place: str) -> Iterator[Any]:
    """Yield what stands in *request* at *place*, such as `overrides.containerOverrides[].name`."""
    key, _, rest = place.partition(".")
    value = request.get(key.removesuffix("[]"))
    for each in value or () if key.endswith("[]") else (value,):
        if rest and each is not None:
            yield from values(each, rest)
        elif each is not None:
            yield each
