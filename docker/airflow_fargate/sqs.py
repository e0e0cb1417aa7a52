"""
kombu's transport over SQS, which also tells whether it waits for messages.

What SQS hands to a connection that nobody reads any longer is out of sight until its visibility timeout has passed.
"""

from collections.abc import Callable
from typing import Any

from kombu.transport import SQS


class Channel(SQS.Channel):
    """A channel that counts its long polls under way."""

    polls = 0

    def _get_bulk_async(self, queue: str, callback: Callable[[Any], object] | None = None) -> Any:  # noqa: ANN401 a promise
        self.polls += 1

        def ended(messages: Any) -> None:  # noqa: ANN401 a number of messages, or a list of none
            self.polls -= 1
            if callback:
                callback(messages)

        return super()._get_bulk_async(queue, callback=ended)  # type: ignore[no-untyped-call] # kombu has few types


class Transport(SQS.Transport):
    """The transport, for Celery's setting `broker_transport`."""

    Channel = Channel
