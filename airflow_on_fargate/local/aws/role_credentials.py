"""Temporary credentials of roles: the endpoint of ECS' agent that gives them out, and the keys in them."""

import hmac
import json
from collections.abc import Iterable
from datetime import UTC
from http import HTTPStatus
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.sts.models import STSBackend, sts_backends

from airflow_on_fargate.local.access_keys import temporary_key
from airflow_on_fargate.local.credentials import PATH, token
from airflow_on_fargate.local.state import State

DURATION_SEC = 6 * 3600
"""How long ECS's credentials are valid."""


class RoleCredentials:
    """Answers requests to `/v2/credentials` as ECS's agent does; all others go to *application*."""

    def __init__(self, application: Any, *, state: State, region: str) -> None:
        self._application = application
        self._state = state
        self._region = region

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer a request (WSGI)."""
        path = environ["PATH_INFO"]
        if not path.startswith(f"{PATH}/"):
            answer: Iterable[bytes] = self._application(environ, start_response)
            return answer
        arn = f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:role{path.removeprefix(PATH)}"
        shown = environ.get("HTTP_AUTHORIZATION", "")
        process = shown.rpartition(".")[0]
        if not hmac.compare_digest(shown.encode(), token(self._state, arn, process).encode()):
            return _answer(start_response, HTTPStatus.FORBIDDEN, {"code": "AccessDenied", "message": "wrong token"})
        sts = sts_backends[DEFAULT_ACCOUNT_ID]["aws"]
        role = sts.assume_role(
            region_name=self._region,
            role_session_name=process,
            role_arn=arn,
            policy="",
            duration=DURATION_SEC,
            external_id="",
        )
        content = {
            "RoleArn": arn,
            "AccessKeyId": role.access_key_id,
            "SecretAccessKey": role.secret_access_key,
            "Token": role.session_token,
            "Expiration": role.expiration.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        return _answer(start_response, HTTPStatus.OK, content)


def _answer(start_response: Any, status: HTTPStatus, content: dict[str, str]) -> Iterable[bytes]:
    start_response(f"{status.value} {status.phrase}", [("Content-Type", "application/json")])
    return [json.dumps(content).encode()]


def install_role_keys(signing: bytes) -> None:
    """Make moto's STS issue keys derived from *signing*, which the gate can check."""
    assume_role = STSBackend.assume_role

    def assume(backend: STSBackend, *arguments: Any, **named: Any) -> Any:
        role = assume_role(backend, *arguments, **named)
        # moto's time is UTC without a time zone.
        expires_at = role.expiration.replace(tzinfo=UTC).timestamp()
        key = temporary_key(
            signing, role.access_key_id, role_arn=role.role_arn, session=role.session_name, expires_at=expires_at
        )
        role.secret_access_key, role.session_token = key.secret, key.token
        return role

    STSBackend.assume_role = assume
