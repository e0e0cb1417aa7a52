"""ECS and CloudWatch Logs over HTTP, with the answers that a test gives, and a note of what was asked."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.http_server import Request, http_server

Answer = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]
"""Returns the answer to an operation, such as `DescribeTasks`; may raise a `Refusal` or `NoAnswerError`."""


class Refusal(Exception):  # noqa: N818 it is AWS's answer, not the test's failure
    """What AWS answers with an error's *code* and *message*."""

    def __init__(self, *, code: str, message: str) -> None:
        super().__init__(message)
        self.body = {"__type": code, "message": message}


class NoAnswerError(Exception):
    """What makes AWS close the connection instead of an answer."""


@contextmanager
def aws(answer: Answer) -> Iterator[tuple[str, list[tuple[str, dict[str, Any]]]]]:
    """Yield the endpoint's URL and the requests so far, each an operation and its input."""
    asked: list[tuple[str, dict[str, Any]]] = []

    def answered(request: Request) -> tuple[int, Mapping[str, Any]] | None:
        operation, parameters = request.headers["X-Amz-Target"].rpartition(".")[2], json.loads(request.body)
        asked.append((operation, parameters))
        try:
            return 200, answer(operation, parameters)
        except Refusal as refusal:
            return 400, refusal.body
        except NoAnswerError:
            return None

    with http_server(answered) as url:
        yield url, asked
