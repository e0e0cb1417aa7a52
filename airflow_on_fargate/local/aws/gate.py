"""Who may call the endpoint, and when: programs that have a key of this stack, once its resources exist."""

import json
import threading
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any
from xml.sax.saxutils import escape

from airflow_on_fargate.local.access_keys import IssuedKeys
from airflow_on_fargate.local.aws.signature import RefusedError, check_signature
from airflow_on_fargate.local.credentials import AGENT_PATH, PATH, is_agent_path
from airflow_on_fargate.local.state import State

LIMIT_SEC = 60
"""How long AWS's SDKs wait for an answer (botocore's `read_timeout`)."""
CONTROL_PAGES = ("/moto-api", "/favicon.ico", "/latest/")
"""moto's own paths: its control pages, and the metadata of an instance."""
DRAINED_BYTES = 1024 * 1024
JSON_CODES = {
    "InvalidClientTokenId": "UnrecognizedClientException",
    "MissingAuthenticationToken": "MissingAuthenticationTokenException",
    "SignatureDoesNotMatch": "InvalidSignatureException",
    "ExpiredToken": "ExpiredTokenException",
}
"""The names of AWS's common errors in services with a JSON protocol ("Common Error Types" in their references)."""


class Gate:
    """
    Passes requests of this stack's programs to *application*, and refuses all others.

    A web page is recognized by Origin or Sec-Fetch-Site, which the browser adds, or by another Host (DNS rebinding).
    Programs sign with a key of *keys*. The two paths of ECS's agent are not signed: containers have a secret for them,
    and `RoleCredentials` checks the one for credentials.
    """

    def __init__(self, application: Any, *, state: State, host: str, keys: IssuedKeys) -> None:
        self._application = application
        self._state = state
        self._host = host
        self._keys = keys

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer a request (WSGI)."""
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
        # `none`: a person typed the address.
        if "HTTP_ORIGIN" in environ or environ.get("HTTP_SEC_FETCH_SITE", "none") != "none":
            msg = "Web pages may not ask this endpoint"
            raise RefusedError(msg)
        if path.startswith(CONTROL_PAGES):
            msg = "This endpoint has only AWS's services"
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
    # The client could lose the answer if its body was not read.
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


class Opening:
    """
    Holds back all requests until `open` is called, except those with *access_key*, which creates the resources.

    After a crash of the endpoint, Airflow's processes continue to send requests. An answer before the queues exist
    would make Airflow fail tasks, and would use random numbers, so that the resources got other ids.
    """

    def __init__(self, application: Any, *, access_key: str) -> None:
        self._application = application
        self._mark = f"Credential={access_key}/"
        self._opened = threading.Event()

    def open(self) -> None:
        """Answer all requests from now on."""
        self._opened.set()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer a request (WSGI)."""
        if self._mark not in environ.get("HTTP_AUTHORIZATION", "") and not self._opened.wait(LIMIT_SEC):
            start_response("503 Service Unavailable", [])
            return []
        answer: Iterable[bytes] = self._application(environ, start_response)
        return answer
