"""The door of the endpoint: shut until the stage's resources are there."""

import threading
from collections.abc import Iterable
from typing import Any

LIMIT_SEC = 60
"""As long as AWS's SDKs wait for an answer (botocore's `read_timeout`)."""


class Opening:
    """
    Let everybody but the owner of *access_key*, who makes the resources, wait until `open` is called.

    After a crash Airflow's processes go on asking. Unanswered, they neither find a queue missing, for which Airflow
    fails a task, nor draw from the random numbers that give the resources the same ids again.
    """

    def __init__(self, application: Any, *, access_key: str) -> None:
        self._application = application
        self._mark = f"Credential={access_key}/"
        self._opened = threading.Event()

    def open(self) -> None:
        """Let everybody in from now on."""
        self._opened.set()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer a request, as WSGI has it."""
        if self._mark not in environ.get("HTTP_AUTHORIZATION", "") and not self._opened.wait(LIMIT_SEC):
            start_response("503 Service Unavailable", [])
            return []
        answer: Iterable[bytes] = self._application(environ, start_response)
        return answer
