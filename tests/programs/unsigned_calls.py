"""Call the endpoint, the first argument, as somebody without a key, and print the statuses."""

import json
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

endpoint = sys.argv[1]
ECS = "AmazonEC2ContainerServiceV20141113."


def ask(method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes | None = None) -> int:
    """Return the status of an answer."""
    request = urllib.request.Request(endpoint + path, body, dict(headers or {}), method=method)  # noqa: S310 of loopback
    try:
        status: int = urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request).status
    except urllib.error.HTTPError as error:
        return error.code
    return status


def call(service: str, target: str, body: Mapping[str, Any]) -> int:
    """Return the status of a call whose signature is made up."""
    scope = f"owner/20261128/us-east-1/{service}/aws4_request"
    made_up = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
    headers = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1", "Authorization": made_up}
    return ask("POST", "/", headers, json.dumps(body).encode())


print(
    json.dumps(
        [
            call("secretsmanager", "secretsmanager.GetSecretValue", {"SecretId": "airflow-dev/admin"}),
            call("secretsmanager", "secretsmanager.GetSecretValue", {"SecretId": "airflow-dev/database"}),
            call("ecs", ECS + "DescribeTaskDefinition", {"taskDefinition": "airflow-dev-airflow"}),
            call("ecs", ECS + "RunTask", {"cluster": "airflow-dev", "taskDefinition": "airflow-dev-multi-task"}),
            ask("GET", "/v2/credentials/airflow-dev/airflow-task"),
            ask("GET", "/api/worker/task-protection/v1/state"),
            ask("GET", "/"),
            ask("GET", "/?Action=ListQueues"),
            ask("GET", "/moto-api"),
            ask("GET", "/moto-api/data.json"),
            ask("POST", "/moto-api/reset"),
        ]
    )
)
