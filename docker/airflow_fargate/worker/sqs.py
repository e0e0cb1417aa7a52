"""
kombu's transport over SQS, which also records whether a poll is running, and when the last one began.

A message that SQS sends to a closed connection is invisible until its visibility timeout has passed.
"""

import time
from collections.abc import Callable
from typing import Any

from kombu.transport import SQS
from typing_extensions import override
from vine import ensure_promise  # type: ignore[import-untyped] # kombu's promises, without types


class Channel(SQS.Channel):
    """A channel that counts its running long polls, and survives one that fails."""

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 passed on
        super().__init__(*arguments, **named)  # type: ignore[no-untyped-call] # kombu has few types
        self.polls = 0
        self._looked_at = time.monotonic()

    @property
    def silent_sec(self) -> float:
        """The seconds since it last started a poll, or had no room for more messages."""
        return time.monotonic() - self._looked_at

    @override
    def _schedule_queue(self, queue: str) -> None:
        self._looked_at = time.monotonic()
        super()._schedule_queue(queue)  # type: ignore[no-untyped-call] # as above

    @override
    def _on_messages_ready(self, queue: str, qname: str, messages: Any) -> Any:
        # After an error of SQS it is a list. kombu would treat it as a response, and the worker would end.
        return super()._on_messages_ready(queue, qname, messages or {})  # type: ignore[no-untyped-call] # as above

    @override
    def _get_bulk_async(self, queue: str, callback: Callable[[Any], object] | None = None) -> Any:
        self.polls += 1
        then = ensure_promise(callback)

        def ended(messages: Any) -> None:  # noqa: ANN401 a number of messages, or a list of none
            self.polls -= 1
            then(messages)

        return super()._get_bulk_async(queue, callback=ended)  # type: ignore[no-untyped-call] # kombu has few types


class Transport(SQS.Transport):
    """The transport, for Celery's setting `broker_transport`."""

    Channel = Channel
