"""
Stop a worker so that nothing is lost: receive no more, end the running tasks, exit.

Celery's own warm shutdown leaves its loop at once. If SQS then answers the last poll with a message, no worker gets it
until the visibility timeout has passed. A task that takes longer than the container's `stopTimeout` is killed. So the
loop continues here until the poll has returned and all tasks have ended or were handed back
(`airflow_fargate.hand_back`).
"""

import logging
import os
import time
from typing import Any

from celery import bootsteps  # type: ignore[import-untyped] # Celery has no types
from celery.platforms import EX_OK, signals  # type: ignore[import-untyped] # Celery has no types
from celery.worker import state  # type: ignore[import-untyped] # Celery has no types
from celery.worker.consumer import Consumer  # type: ignore[import-untyped] # Celery has no types
from kombu.asynchronous import set_event_loop
from typing_extensions import override

from airflow_fargate.health import beat
from airflow_fargate.worker import stop_time

BEAT_SEC = 10
LOOK_SEC = 0.5
POLL_SEC = int(os.environ.get("AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__WAIT_TIME_SECONDS", "20"))
ANSWER_SEC = 2
"""The time of SQS's response on the network after a poll has ended."""
SILENT_SEC = POLL_SEC + 60
"""The time limit of a poll: kombu has none, and a worker would never receive messages again."""

log = logging.getLogger(__name__)


def is_busy() -> bool:
    """Whether the worker has tasks: waiting for a process of the pool, or running in one."""
    # A lost connection empties the first, while the tasks continue.
    return bool(state.reserved_requests or state.active_requests)


def drain_on_sigterm() -> None:
    """
    Drain the worker at SIGTERM; a second signal has no effect.

    Call it when the worker is ready. Before that, Celery's own handler ends the worker, which has no message yet.
    """
    signals["SIGTERM"] = lambda *_: stop_time.set_from_now()


class Drain(bootsteps.StartStopStep):  # type: ignore[misc] # Celery has no types
    """
    Check regularly, in the loop that polls the queue, whether the worker is being stopped, and touch the heartbeat.

    It is a step of Celery's consumer, because a lost connection clears all timers and starts every step again.
    """

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, consumer: Consumer, **options: object) -> None:
        super().__init__(consumer, **options)
        self._timers: list[Any] = []
        self._began: float | None = None
        self._cancelled: object = None

    @override
    def start(self, parent: Consumer) -> None:
        """Start the timers of the look and of the heartbeat."""
        # After a lost connection kombu has no event loop, and the new channel would never ask for messages.
        set_event_loop(parent.hub)
        parent.task_consumer.channel.hub = parent.hub
        beat()
        self._timers = [
            parent.timer.call_repeatedly(BEAT_SEC, beat),
            parent.timer.call_repeatedly(LOOK_SEC, self._look, (parent,)),
        ]

    @override
    def stop(self, parent: Consumer) -> None:
        """Cancel the timers of the look and of the heartbeat."""
        for timer in self._timers:
            timer.cancel()
        self._timers = []

    def _look(self, consumer: Consumer) -> None:
        queue = consumer.task_consumer
        if not stop_time.is_set():
            if queue and queue.channel.silent_sec > SILENT_SEC:
                # Celery connects again; running tasks continue.
                msg = f"SQS has not answered for {SILENT_SEC} s"
                raise ConnectionError(msg)
            return
        now = time.monotonic()
        if self._began is None:
            self._began = now
            count = len(state.reserved_requests | state.active_requests)
            log.warning("Stopping: no new tasks; %d running tasks have %.0f s to end", count, stop_time.LIMIT_SEC)
        if queue and queue is not self._cancelled:
            # Messages that the running poll still receives return to the queue.
            queue.cancel()
            self._cancelled = queue
        polls = queue.channel.polls if queue else 0
        if not is_busy() and (not polls or now - self._began > POLL_SEC + ANSWER_SEC):
            state.should_stop = EX_OK
