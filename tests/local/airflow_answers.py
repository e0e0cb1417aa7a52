"""
A server that answers as Airflow's REST API did.

`airflow_answers.json` holds sessions with Airflow 3.3.2: method, path, status and body of each exchange, of the objects
those fields that are read here. A broken `dags/broken.py` and `dags/other.py` were there all the while.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from airflow_on_fargate.local.state import State
from tests.http_server import Request, http_server

SESSIONS: dict[str, list[tuple[str, str, int, Any]]] = json.loads(
    Path(__file__).with_suffix(".json").read_text(encoding="utf-8")
)
WARNINGS = """\
warning: dags/broken.py, line 5, cannot be imported: SyntaxError: invalid syntax
warning: dags/other.py, line 8, cannot be imported: KeyError: '[a]'
"""
HANG_UP = 0
"""A status in place of which the server closes the connection."""


@dataclass
class Answers:
    """The answers of each method and path in turn, the last one for ever; a function gets the query."""

    url: str = ""
    asked: list[tuple[str, str, bytes]] = field(default_factory=list)
    _answers: dict[tuple[str, str], list[tuple[int, Any]]] = field(default_factory=dict)

    def add(self, method: str, path: str, status: int, body: object) -> None:
        """Answer that after what has been added before."""
        self._answers.setdefault((method, path), []).append((status, body))

    def replace(self, method: str, path: str, *answers: tuple[int, Any]) -> None:
        """Answer that in place of what has been added before."""
        self._answers[method, path] = list(answers)

    def take(self, method: str, target: str, body: bytes) -> tuple[int, Any]:
        """Return status and body of the next answer."""
        url = urlsplit(target)
        self.asked.append((method, url.path, body))
        queue = self._answers[method, url.path]
        status, answer = queue.pop(0) if len(queue) > 1 else queue[0]
        return status, answer(parse_qs(url.query)) if callable(answer) else answer

    def bodies(self, method: str, path: str) -> list[Any]:
        """Return what has been sent there."""
        return [json.loads(body) for verb, where, body in self.asked if (verb, where) == (method, path)]


@contextmanager
def answering(session: str, folder: Path) -> Iterator[tuple[Answers, State]]:
    """Serve a session on loopback; the state in *folder* says that Airflow is there."""
    answers = Answers()
    for exchange in SESSIONS[session]:
        answers.add(*exchange)

    def answer(request: Request) -> tuple[int, object] | None:
        status, body = answers.take(request.method, request.path, request.body)
        return None if status == HANG_UP else (status, body)

    with http_server(answer) as answers.url:
        yield answers, ready(folder, answers.url)


def ready(folder: Path, url: str) -> State:
    """Return a state that says that Airflow is at *url*."""
    state = State(folder)
    state.ready.write_text(json.dumps({"url": url, "user": "admin"}))
    state.admin_password.write_text("secret\n")
    return state
