"""A list of the requests to S3, for benchmarks: AWS bills each of them."""

import time
from collections.abc import Iterable
from typing import Any

from airflow_on_fargate.local.access_keys import session_of
from airflow_on_fargate.local.aws.server_errors import signed_service
from airflow_on_fargate.local.state import State

OWNER = "owner"
"""Who sends a request without the key of a role: programs outside of the stage."""


class S3Requests:
    """
    Appends a line for each request to S3 to the file `s3_requests` of *state*, if that exists.

    A line has the time in seconds since 1970, the program, the method and the path. All requests go to *application*.
    """

    def __init__(self, application: Any, *, state: State) -> None:
        self._application = application
        self._file = state.s3_requests

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer a request (WSGI)."""
        if self._file.exists() and signed_service(environ) == "s3":
            token = environ.get("HTTP_X_AMZ_SECURITY_TOKEN")
            program = session_of(token) if token else OWNER
            with self._file.open("a", encoding="utf-8") as file:
                file.write(f"{time.time():.3f} {program} {environ['REQUEST_METHOD']} {environ['PATH_INFO']}\n")
        answer: Iterable[bytes] = self._application(environ, start_response)
        return answer
