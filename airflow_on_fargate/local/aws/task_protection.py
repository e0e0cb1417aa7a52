"""The endpoint of ECS's agent with which a container protects its task."""

import json
import threading
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from airflow_on_fargate.local.state import State, read_json

PATH = "/api/"
END = "/task-protection/v1/state"
DEFAULT_MIN, LONGEST_MIN = 120, 2880
FIELDS = {"ProtectionEnabled", "ExpiresInMinutes"}
AGENT_TIMEOUT_SEC = 4
"""How long the agent waits for ECS."""
Answer = tuple[HTTPStatus, Mapping[str, Any]]


class TaskProtections:
    """
    Answers requests to `/api/<task>/task-protection` as ECS's agent does; all others go to *application*.

    The file `task_protection_fault` of *state* makes it fail, for tests: `{"failure": "DEPLOYMENT_BLOCKED"}` is a
    failure of ECS, `{"error": "ThrottlingException"}` an error of the agent, and `{"delay": 10}` a delay of 10 seconds.
    """

    def __init__(self, application: Any, *, state: State) -> None:
        self._application = application
        self._state = state
        self._lock = threading.Lock()
        self.expire_at: dict[str, float] = {}
        """When the protection of each task ends, in seconds of the epoch."""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer a request (WSGI)."""
        path = environ["PATH_INFO"]
        if not (path.startswith(PATH) and path.endswith(END)):
            answer: Iterable[bytes] = self._application(environ, start_response)
            return answer
        task = path.removeprefix(PATH).removesuffix(END)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        status, content = self._answer(task, environ["REQUEST_METHOD"], body)
        start_response(f"{status.value} {status.phrase}", [("Content-Type", "application/json")])
        return [json.dumps(content).encode()]

    def _answer(self, task: str, method: str, body: bytes) -> Answer:
        fault = read_json(self._state.task_protection_fault) or {}
        delay = fault.get("delay", 0)
        time.sleep(min(delay, AGENT_TIMEOUT_SEC))
        if delay > AGENT_TIMEOUT_SEC:
            return _error(task, "RequestCanceled", "Timed out calling Amazon ECS Task Protection API", 504)
        if reason := fault.get("error"):
            return _error(task, reason, "Rate exceeded", 400)
        if reason := fault.get("failure"):
            return HTTPStatus.OK, {"failure": {"Arn": task, "Detail": None, "Reason": reason}}
        if method == "PUT":
            try:
                self._put(task, json.loads(body))
            except ValueError as error:
                return _error(task, "InvalidParameterException", str(error), 400)
        with self._lock:
            expire_at = self.expire_at.get(task, 0.0)
        enabled = expire_at > time.time()
        date = datetime.fromtimestamp(expire_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if enabled else None
        return HTTPStatus.OK, {
            "protection": {"ProtectionEnabled": enabled, "ExpirationDate": date, "TaskArn": task},
        }

    def _put(self, task: str, asked: Mapping[str, Any]) -> None:
        if asked.keys() - FIELDS:
            msg = "UpdateTaskProtection: failed to decode request"
            raise ValueError(msg)
        if asked.get("ProtectionEnabled") not in (True, False):
            msg = "Invalid request: does not contain 'ProtectionEnabled' field"
            raise ValueError(msg)
        minutes = asked.get("ExpiresInMinutes", DEFAULT_MIN)
        if not 1 <= minutes <= LONGEST_MIN:
            msg = f"expiresInMinutes must be between 1 and {LONGEST_MIN}"
            raise ValueError(msg)
        with self._lock:
            self.expire_at[task] = time.time() + 60 * minutes if asked["ProtectionEnabled"] else 0.0


def _error(task: str, code: str, message: str, status: int) -> Answer:
    return HTTPStatus(status), {"requestID": "0", "error": {"Arn": task, "Code": code, "Message": message}}
