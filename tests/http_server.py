"""A server on a free port of loopback, for tests that play the other side of a connection."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer

from typing_extensions import override


@dataclass(frozen=True)
class Request:
    """What a client asks for: *path* has the query, too."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


Answer = Callable[[Request], tuple[int, object] | None]
"""Returns a status and the body, text or what JSON is made of; None: the server closes the connection."""


@contextmanager
def serving(server: TCPServer) -> Iterator[int]:
    """Serve in a thread until the block ends, and yield the port."""
    with server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def http_server(answer: Answer) -> Iterator[str]:
    """Give each request the *answer* that the function returns, and yield the server's URL."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answered = answer(Request(self.command, self.path, dict(self.headers), body))
            if answered:
                status, found = answered
                content = (found if isinstance(found, str) else json.dumps(found)).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_PUT = _answer  # noqa: N815 http.server's names

        @override
        def log_message(self, *_: object) -> None:
            """Log nothing."""

    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as port:
        yield f"http://127.0.0.1:{port}"
