"""ECS' agent for one container, in this process, and a note of what it was asked."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from werkzeug.serving import make_server

from airflow_on_fargate.local.aws.task_protection import TaskProtections
from airflow_on_fargate.local.state import State
from tests.http_server import serving


class EcsAgent:
    """The agent that `local/aws` simulates; `calls` are the bodies of PUT requests, each with its `time.monotonic`."""

    def __init__(self, folder: Path) -> None:
        self._state = State(folder)
        self._application = TaskProtections(None, state=self._state)
        self.uri = ""
        self.calls: list[tuple[float, dict[str, Any]]] = []

    @property
    def asked(self) -> list[bool]:
        """What protection was asked for, in order."""
        return [body["ProtectionEnabled"] for _, body in self.calls]

    @property
    def fault_file(self) -> Path:
        """Where the fault stands."""
        return self._state.task_protection_fault

    def pass_minutes(self, minutes: int) -> None:
        """Let time pass for all protections."""
        for task in self._application.expire_at:
            self._application.expire_at[task] -= 60 * minutes

    def fail(self, **fault: object) -> None:
        """Fail from now on; without a fault: work again."""
        self.fault_file.write_text(json.dumps(fault))

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:  # noqa: ANN401 as WSGI has it
        """Note the request and answer it."""
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if environ["REQUEST_METHOD"] == "PUT":
            self.calls.append((time.monotonic(), json.loads(body)))
        return self._application({**environ, "wsgi.input": _Body(body)}, start_response)


class _Body:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def read(self, _size: int) -> bytes:
        """Return all of it."""
        return self._content


@contextmanager
def ecs_agent(folder: Path) -> Iterator[EcsAgent]:
    """Run the agent on a free port."""
    agent = EcsAgent(folder)
    with serving(make_server("127.0.0.1", 0, agent, threaded=True)) as port:
        agent.uri = f"http://127.0.0.1:{port}/api/worker"
        yield agent
