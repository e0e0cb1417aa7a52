"""SQS's long poll, for a client that may be gone before a message arrives."""

import io
import json
import select
import socket
import time
from collections.abc import Iterable
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.sqs.models import sqs_backends

PAUSE_SEC = 0.02
RECEIVE = "AmazonSQS.ReceiveMessage"


class LongPoll:
    """
    Pass ReceiveMessage to *application* only when there is a message and the client still waits.

    moto would send the message to the connection of a killed client, and the message would be in flight without a
    receiver. A poll ends after *longest_sec*, however long the client would wait; SQS allows 20.
    """

    def __init__(self, application: Any, *, region: str, longest_sec: float = 20) -> None:
        self._application = application
        self._region = region
        self._longest_sec = longest_sec

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer a request (WSGI)."""
        if environ.get("HTTP_X_AMZ_TARGET") == RECEIVE:
            body = json.loads(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
            if not self._wait(body, environ.get("werkzeug.socket")):
                start_response("408 Request Timeout", [])
                return []
            content = json.dumps({**body, "WaitTimeSeconds": 0}).encode()
            environ = {**environ, "wsgi.input": io.BytesIO(content), "CONTENT_LENGTH": str(len(content))}
        answer: Iterable[bytes] = self._application(environ, start_response)
        return answer

    def _wait(self, body: dict[str, Any], connection: socket.socket | None) -> bool:
        """Wait for a message, as long as the client asks for; return whether the client is still there."""
        backend = sqs_backends[DEFAULT_ACCOUNT_ID][self._region]
        queue = backend.queues.get(body.get("QueueUrl", "").rpartition("/")[2])
        if not queue:
            return True
        wait_sec = body.get("WaitTimeSeconds", queue.receive_message_wait_time_seconds)
        end = time.monotonic() + min(wait_sec, self._longest_sec)
        while True:
            if connection and _is_closed(connection):
                return False
            if queue.messages or time.monotonic() > end:
                return True
            time.sleep(PAUSE_SEC)


def _is_closed(connection: socket.socket) -> bool:
    readable, _, _ = select.select([connection], [], [], 0)
    return bool(readable) and connection.recv(1, socket.MSG_PEEK) == b""
