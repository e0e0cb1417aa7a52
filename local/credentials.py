"""Credentials of a role, handed to containers as ECS hands them out: no key stands in an environment."""

import hashlib
import hmac
import os
import secrets
from typing import TYPE_CHECKING, Any

import boto3

from local.state import State, write_secret

if TYPE_CHECKING:
    from collections.abc import Mapping

PATH = "/v2/credentials"
NOWHERE = os.devnull
OWNER = "owner"
PROVISIONER = "provisioner"
"""Access keys; the second makes the stage's resources, before anybody else is answered."""


def role_path(role_arn: str) -> str:
    """Return the part of *role_arn* that tells roles of an account apart: path and name."""
    return "/" + role_arn.partition(":role/")[2]


def token(state: State, role_arn: str, process: str) -> str:
    """Return what a *process* shows to get credentials of the role; the key that signs it is made once."""
    if not state.credentials_key.exists():
        write_secret(state.credentials_key, secrets.token_hex(32))
    key = state.credentials_key.read_text(encoding="utf-8")
    signature = hmac.new(key.encode(), f"{role_path(role_arn)} {process}".encode(), hashlib.sha256).hexdigest()
    return f"{process}.{signature}"


def credentials_environment(
    state: State, *, endpoint: str, region: str, role_arn: str | None, process: str
) -> "Mapping[str, str]":
    """
    Return the variables by which AWS's SDKs find *endpoint* and the credentials of the role, if there is one.

    Profiles of the person whose machine it is would come first, so they are out of sight.
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


def client(service: str, *, endpoint: str, region: str, role_arn: str | None = None, owner: str = OWNER) -> Any:  # noqa: ANN401 made at run time
    """Return boto3's client of *service* that acts as the role, or else as the account's *owner*, by an access key."""
    keys = {"aws_access_key_id": owner, "aws_secret_access_key": owner}
    if role_arn:
        sts = client("sts", endpoint=endpoint, region=region)
        given = sts.assume_role(RoleArn=role_arn, RoleSessionName="ecs-agent")["Credentials"]
        keys = {
            "aws_access_key_id": given["AccessKeyId"],
            "aws_secret_access_key": given["SecretAccessKey"],
            "aws_session_token": given["SessionToken"],
        }
    # The service is known at run time only.
    make: Any = boto3.client
    return make(service, endpoint_url=endpoint, region_name=region, **keys)
