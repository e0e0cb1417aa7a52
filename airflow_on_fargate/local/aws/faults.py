"""An AWS that refuses or does not answer, for tests."""

import json
import time
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from airflow_on_fargate.local.aws.ecs_limits import TARGET
from airflow_on_fargate.local.state import State, read_json

RUN_TASK = f"{TARGET}RunTask"
SQS = "AmazonSQS."
LOOK_SEC = 0.2


class Faults:
    """
    Answers requests with the fault in the file `aws_fault` of *state*; all others go to *application*.

    `target` is the start of the header X-Amz-Target. `{"error": "ThrottlingException"}` fails the call, with the
    status 400 unless `status` is another; `{"failure": "Capacity is unavailable at this time"}` is what ECS answers
    where the call is well but there is no room for the task, and `{"silent": true}` keeps the answer back until the
    file is gone.
    """

    def __init__(self, application: Any, *, state: State) -> None:
        self._application = application
        self._state = state

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer a request (WSGI)."""
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        while fault := self._fault(target):
            if not fault.get("silent"):
                return _refuse(environ, start_response, fault)
            environ["wsgi.errors"].write(f"waits: {target}\n")
            time.sleep(LOOK_SEC)
        answer: Iterable[bytes] = self._application(environ, start_response)
        return answer

    def _fault(self, target: str) -> dict[str, Any] | None:
        fault: dict[str, Any] | None = read_json(self._state.aws_fault) if target else None
        return fault if fault and target.startswith(fault["target"]) else None


def _refuse(environ: dict[str, Any], start_response: Any, fault: dict[str, Any]) -> Iterable[bytes]:
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.errors"].write(f"refused: {environ['HTTP_X_AMZ_TARGET']}\n")
    status = HTTPStatus.OK
    content: dict[str, Any] = {"tasks": [], "failures": [{"reason": fault.get("failure")}]}
    if error := fault.get("error"):
        status = HTTPStatus(fault.get("status", HTTPStatus.BAD_REQUEST))
        content = {"__type": error, "message": "Rate exceeded"}
    start_response(f"{status.value} {status.phrase}", [("Content-Type", "application/x-amz-json-1.1")])
    return [json.dumps(content).encode()]
