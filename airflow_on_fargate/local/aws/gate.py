"""Who may ask the endpoint: programs that have a key of this stack, and no web page."""

import json
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any
from xml.sax.saxutils import escape

from airflow_on_fargate.local.access_keys import IssuedKeys
from airflow_on_fargate.local.aws.signature import RefusedError, check_signature
from airflow_on_fargate.local.credentials import AGENT_PATH, PATH, is_agent_path
from airflow_on_fargate.local.state import State

CONTROL_PAGES = ("/moto-api", "/favicon.ico", "/latest/")
"""Paths of moto's own, beside AWS's services: what controls it, and the metadata of an instance."""
DRAINED_BYTES = 1024 * 1024
JSON_CODES = {
    "InvalidClientTokenId": "UnrecognizedClientException",
    "MissingAuthenticationToken": "MissingAuthenticationTokenException",
    "SignatureDoesNotMatch": "InvalidSignatureException",
    "ExpiredToken": "ExpiredTokenException",
}
"""The names that services which speak JSON have for AWS's common errors ("Common Error Types" of their references)."""


class Gate:
    """
    Let those requests to *application* that a program of this stack has sent to the endpoint's own address.

    A browser adds Origin or Sec-Fetch-Site to what a page sends, and a page whose name leads to this machine (DNS
    rebinding) sends that name as Host. All others sign with a key of *keys*, but for the two paths of ECS' agent, which
    containers know by a secret of their own: `RoleCredentials` checks that of credentials.
    """

    def __init__(self, application: Any, *, state: State, host: str, keys: IssuedKeys) -> None:
        self._application = application
        self._state = state
        self._host = host
        self._keys = keys

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer a request, as WSGI has it."""
        try:
            self._check(environ)
        except RefusedError as error:
            return _refuse(environ, start_response, error)
        answer: Iterable[bytes] = self._application(environ, start_response)
        return answer

    def _check(self, environ: dict[str, Any]) -> None:
        path = environ["PATH_INFO"]
        if environ.get("HTTP_HOST") != self._host or not environ["REQUEST_URI"].startswith("/"):
            msg = f"Host must be {self._host}"
            raise RefusedError(msg)
        # `none`: a person has typed the address.
        if "HTTP_ORIGIN" in environ or environ.get("HTTP_SEC_FETCH_SITE", "none") != "none":
            msg = "Web pages may not ask this endpoint"
            raise RefusedError(msg)
        if path.startswith(CONTROL_PAGES):
            msg = "This endpoint has AWS's services alone"
            raise RefusedError(msg)
        if path.startswith(f"{PATH}/"):
            return
        if path.startswith(AGENT_PATH) and "HTTP_AUTHORIZATION" not in environ:
            if not is_agent_path(self._state, path):
                msg = "There is no such container"
                raise RefusedError(msg)
            return
        check_signature(environ, self._keys)


def _refuse(environ: dict[str, Any], start_response: Any, error: RefusedError) -> Iterable[bytes]:
    # Otherwise the client may lose the answer while it sends.
    length = environ.get("CONTENT_LENGTH", "")
    if not environ.get("wsgi.input_terminated") and length.isdecimal():
        environ["wsgi.input"].read(min(int(length), DRAINED_BYTES))
    if "json" in environ.get("CONTENT_TYPE", ""):
        kind = "application/x-amz-json-1.1"
        content = json.dumps({"__type": JSON_CODES.get(error.code, f"{error.code}Exception"), "message": str(error)})
    else:
        kind = "text/xml"
        content = f"<Error><Code>{error.code}</Code><Message>{escape(str(error))}</Message></Error>"
        if "/s3/" not in environ.get("HTTP_AUTHORIZATION", "/s3/"):
            content = f"<ErrorResponse>{content}</ErrorResponse>"
    status = HTTPStatus.FORBIDDEN
    start_response(f"{status.value} {status.phrase}", [("Content-Type", kind)])
    return [content.encode()]
