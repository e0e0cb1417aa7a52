"""The endpoint where containers get the credentials of their role."""

import hmac
import json
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.sts.models import sts_backends

from airflow_on_fargate.local.credentials import PATH, token
from airflow_on_fargate.local.state import State

DURATION_SEC = 6 * 3600
"""As long as ECS gives them."""


class RoleCredentials:
    """Answer under `/v2/credentials`, as ECS' agent does; all else is for *application*."""

    def __init__(self, application: Any, *, state: State, region: str) -> None:
        self._application = application
        self._state = state
        self._region = region

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer a request, as WSGI has it."""
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
