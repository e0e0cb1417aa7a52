"""An AWS that refuses or does not answer, for tests."""

import json
import time
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from airflow_on_fargate.local.aws.ecs_limits import TARGET
from airflow_on_fargate.local.aws.server_errors import signed_service
from airflow_on_fargate.local.state import State, read_json

RUN_TASK = f"{TARGET}RunTask"
SQS = "AmazonSQS."
S3 = "S3."
"""The targets of S3, which has no header for them: `S3.GET /bucket/key`."""
LOOK_SEC = 0.2


class Faults:
    """
    Answers requests with the fault in the file `aws_fault` of *state*; all others go to *application*.

    `target` is the start of the header X-Amz-Target, or of S3's method and path after `S3.`.
    `{"error": "ThrottlingException"}` fails the call, with the status 400 unless `status` is another;
    `{"failure": "Capacity is unavailable at this time"}` is what ECS answers where the call is well but there is no
    room for the task, and `{"silent": true}` keeps the answer back until the file is gone.
    """

    def __init__(self, application: Any, *, state: State) -> None:
        self._application = application
        self._state = state

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer a request (WSGI)."""
        target = _target(environ)
        is_waiting = False
        while fault := self._fault(target):
            if not fault.get("silent"):
                return _refuse(environ, start_response, fault, target)
            if not is_waiting:
                environ["wsgi.errors"].write(f"waits: {target}\n")
            is_waiting = True
            time.sleep(LOOK_SEC)
        answer: Iterable[bytes] = self._application(environ, start_response)
        return answer

    def _fault(self, target: str) -> dict[str, Any] | None:
        fault: dict[str, Any] | None = read_json(self._state.aws_fault) if target else None
        return fault if fault and target.startswith(fault["target"]) else None


def _target(environ: dict[str, Any]) -> str:
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return str(target)
    return f"{S3}{environ['REQUEST_METHOD']} {environ['PATH_INFO']}" if signed_service(environ) == "s3" else ""


def _refuse(environ: dict[str, Any], start_response: Any, fault: dict[str, Any], target: str) -> Iterable[bytes]:
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.errors"].write(f"refused: {target}\n")
    status = HTTPStatus.OK
    content: dict[str, Any] = {"tasks": [], "failures": [{"reason": fault.get("failure")}]}
    if error := fault.get("error"):
        status = HTTPStatus(fault.get("status", HTTPStatus.BAD_REQUEST))
        content = {"__type": error, "message": "Rate exceeded"}
    kind, body = "application/x-amz-json-1.1", json.dumps(content)
    if target.startswith(S3):
        kind, body = "text/xml", f"<Error><Code>{error}</Code><Message>Please try again</Message></Error>"
    start_response(f"{status.value} {status.phrase}", [("Content-Type", kind)])
    return [body.encode()]
