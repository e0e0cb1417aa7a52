"""Give containers the credentials of their role as ECS does, without a key in their environment."""

import hashlib
import hmac
import os
from typing import TYPE_CHECKING, Any

import boto3

from airflow_on_fargate.local.access_keys import AccessKey, signing_key
from airflow_on_fargate.local.state import State

if TYPE_CHECKING:
    from collections.abc import Mapping

PATH = "/v2/credentials"
AGENT_PATH = "/api/"
NOWHERE = os.devnull


def role_path(role_arn: str) -> str:
    """Return the path and name in *role_arn*."""
    return "/" + role_arn.partition(":role/")[2]


def token(state: State, role_arn: str, process: str) -> str:
    """Return the token with which a *process* gets the credentials of the role."""
    return _signed(state, process, role_path(role_arn))


def agent_uri(state: State, endpoint: str, process: str) -> str:
    """Return the URL of ECS's agent for a *process*. As on ECS, other processes cannot guess it."""
    return f"{endpoint}{AGENT_PATH}{_signed(state, process, AGENT_PATH)}"


def is_agent_path(state: State, path: str) -> bool:
    """Whether *path* is that of an `agent_uri`, or below it."""
    shown = path.removeprefix(AGENT_PATH).partition("/")[0]
    process = shown.rpartition(".")[0]
    return hmac.compare_digest(shown.encode(), _signed(state, process, AGENT_PATH).encode())


def _signed(state: State, process: str, purpose: str) -> str:
    signature = hmac.new(signing_key(state), f"{purpose} {process}".encode(), hashlib.sha256).hexdigest()
    return f"{process}.{signature}"


def credentials_environment(
    state: State, *, endpoint: str, region: str, role_arn: str | None, process: str
) -> "Mapping[str, str]":
    """
    Return the variables by which AWS's SDKs find *endpoint* and the credentials of the role, if there is one.

    Profiles of the developer would have precedence, so they are hidden.
    """
    of_role = {}
    if role_arn:
        of_role = {
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": token(state, role_arn, process),
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{endpoint}{PATH}{role_path(role_arn)}",
        }
    return of_role | {
        "AWS_CONFIG_FILE": NOWHERE,
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": region,
        "AWS_SHARED_CREDENTIALS_FILE": NOWHERE,
    }


def client(service: str, *, key: AccessKey, endpoint: str, region: str, role_arn: str | None = None) -> Any:  # noqa: ANN401 made at run time
    """Return boto3's client of *service* with *key*, or with the role that *key* assumes."""
    if role_arn:
        sts = client("sts", key=key, endpoint=endpoint, region=region)
        answer = sts.assume_role(RoleArn=role_arn, RoleSessionName="ecs-agent")["Credentials"]
        key = AccessKey(answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"])
    # boto3's types need a literal name of the service.
    make: Any = boto3.client
    return make(
        service,
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=key.id,
        aws_secret_access_key=key.secret,
        aws_session_token=key.token,
    )
