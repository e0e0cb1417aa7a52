"""ECS and CloudWatch Logs over HTTP, with the answers that a test gives, and a note of what was asked."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]
"""Makes the answer of an operation, such as `DescribeTasks`, and its input; may raise a `Refusal`."""


class Refusal(Exception):  # noqa: N818 it is AWS's answer, not the test's failure
    """What AWS answers with an error's *code* and *message*."""

    def __init__(self, *, code: str, message: str) -> None:
        super().__init__(message)
        self.body = {"__type": code, "message": message}


@contextmanager
def aws(answer: Answer) -> Iterator[tuple[str, list[tuple[str, dict[str, Any]]]]]:
    """Yield the endpoint's URL and the requests so far, each an operation and its input."""
    asked: list[tuple[str, dict[str, Any]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            operation = self.headers["X-Amz-Target"].rpartition(".")[2]
            given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append((operation, given))
            try:
                status, content = 200, answer(operation, given)
            except Refusal as refusal:
                status, content = 400, refusal.body
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()
