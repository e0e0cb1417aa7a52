"""An ECS that refuses to run tasks, for tests."""

import json
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from local.state import State, read_json

RUN_TASK = "AmazonEC2ContainerServiceV20141113.RunTask"


class RunTaskFaults:
    """
    Refuse RunTask as the file `run_task_fault` of *state* says; all else is for *application*.

    `{"error": "ThrottlingException"}` fails the call, `{"failure": "Capacity is unavailable at this time"}` is what
    ECS answers where the call is well, but there is no room for the task.
    """

    def __init__(self, application: Any, *, state: State) -> None:
        self._application = application
        self._state = state

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer a request, as WSGI has it."""
        fault = read_json(self._state.run_task_fault) if environ.get("HTTP_X_AMZ_TARGET") == RUN_TASK else None
        if not fault:
            answer: Iterable[bytes] = self._application(environ, start_response)
            return answer
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        status = HTTPStatus.OK
        content: dict[str, Any] = {"tasks": [], "failures": [{"reason": fault.get("failure")}]}
        if error := fault.get("error"):
            status, content = HTTPStatus.BAD_REQUEST, {"__type": error, "message": "Rate exceeded"}
        start_response(f"{status.value} {status.phrase}", [("Content-Type", "application/x-amz-json-1.1")])
        return [json.dumps(content).encode()]
