"""
The triggerer's main process: which triggers end and why, and all lines that triggers log.

Airflow 3.3.2 has faults here, which `TriggererSupervisor` works around:

- It takes a trigger that another triggerer has taken over for one that a user has cancelled (apache/airflow#73454).
  `on_kill` of the trigger then stops work whose result is still needed.
- It keeps the trigger of a cleared task instance until the scheduler has examined the DAG run, which never happens
  while the DAG is paused (`Trigger.clean_unused` compares with `NULL`).
- It deletes a trigger that no task instance waits for even if no triggerer has started it. Such a trigger is never
  cancelled, and its `on_kill` never called. This happens when a task is cleared within a second of its deferral.
- It reads 4 KiB of the triggers' log in each turn of a loop with about ten queries of the database. A container that
  prints a thousand lines fills the socket, and then every trigger waits.
- It uploads the log of a trigger that ends without the lines that it has not read by then: it learns of the end
  through another socket.
"""

import array
import fcntl
import select
import selectors
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from socket import socket
from typing import Any

import sqlalchemy
from airflow.jobs import triggerer_job_runner
from airflow.jobs.triggerer_job_runner import TriggerRunnerSupervisor, messages
from airflow.models.taskinstance import TaskInstance
from airflow.models.trigger import Trigger
from airflow.utils.retries import run_with_db_retries
from airflow.utils.session import create_session
from airflow.utils.state import TaskInstanceState
from typing_extensions import override

from airflow_fargate.triggerer.runner import Runner, TriggerLog
from airflow_fargate.triggerer.unowned_tasks import stopping_unowned_tasks

READ_BYTES = 4096
"""The bytes that Airflow's reader reads at a time (`make_buffered_socket_reader`)."""


class TriggererSupervisor(TriggerRunnerSupervisor):
    """A supervisor that knows which triggers were taken over, reads whole logs and stops ECS tasks without owner."""

    _taken_over: frozenset[int] = frozenset()
    """The triggers that end in this triggerer while a task instance, an asset or a callback still waits for them."""
    _logs: socket
    _read: Callable[[socket], bool]

    @contextmanager
    @override
    def run_context(self) -> Iterator[None]:
        """Look for ECS tasks without an owner while the triggerer runs."""
        with super().run_context(), stopping_unowned_tasks():
            yield

    @override
    def update_triggers(self, requested_trigger_ids: set[int]) -> None:
        """Update the triggers as the parent does, and record which of the ended ones were taken over."""
        before = set(self.cancelling_triggers)
        super().update_triggers(requested_trigger_ids)
        new = self.cancelling_triggers - before
        self._taken_over = self._taken_over & self.cancelling_triggers | (_waited_for(new) if new else set())

    @override
    def clean_unused(self) -> None:
        """Clean as the parent does, and release the triggers of cleared task instances."""
        # Start a trigger before it is deleted, or it cannot be cancelled. One call takes a limited number.
        loaded = -1
        while loaded < len(self.creating_triggers):
            loaded = len(self.creating_triggers)
            self.load_triggers()
        cleared = sqlalchemy.update(TaskInstance).where(
            TaskInstance.state.is_(None), TaskInstance.trigger_id.is_not(None)
        )
        for attempt in run_with_db_retries():
            with attempt, create_session() as session:
                session.execute(cleared.values(trigger_id=None).execution_options(synchronize_session=False))
        super().clean_unused()

    @override
    def send_msg(self, msg: Any, *arguments: Any, **named: Any) -> None:
        """Send the id of a trigger that was taken over as a negative number: the message has no other field for it."""
        if isinstance(msg, messages.TriggerStateSync):
            to_cancel = {-each if each in self._taken_over else each for each in msg.to_cancel}
            msg = msg.model_copy(update={"to_cancel": to_cancel})
        super().send_msg(msg, *arguments, **named)

    @classmethod
    @override
    def run_in_process(cls) -> None:
        """Run our loop of triggers."""
        Runner().run()  # type: ignore[no-untyped-call] # Airflow's own has no types

    @override
    def _register_pipe_readers(
        self, stdout: socket, stderr: socket, requests: socket, logs: socket, *, data: dict[socket, bytes]
    ) -> None:
        super()._register_pipe_readers(stdout, stderr, requests, logs, data=data)
        self._logs = logs
        self._read, on_close = self.selector.get_key(logs).data
        self.selector.modify(logs, selectors.EVENT_READ, (self._read_all, on_close))

    @override
    def _handle_request(self, msg: Any, *arguments: Any, **named: Any) -> None:
        if isinstance(msg, messages.TriggerStateChanges) and msg.finished and self._logs in self._open_sockets:
            self._read_all(self._logs)
        super()._handle_request(msg, *arguments, **named)

    def _read_all(self, logs: socket) -> bool:
        """Read only the data that has arrived, because triggers may log without a pause; return whether to continue."""
        rest, may_continue = _bytes_in(logs), True
        # Not readable: a request in the same turn has already read the data, and a read would block.
        while may_continue and _is_readable(logs):
            may_continue = self._read(logs)
            rest -= READ_BYTES
            if rest <= 0:
                break
        return may_continue


def _waited_for(trigger_ids: set[int]) -> set[int]:
    """Return the triggers that a deferred task instance, an asset or a callback waits for."""
    deferred = sqlalchemy.select(TaskInstance.trigger_id).where(
        TaskInstance.trigger_id.in_(trigger_ids), TaskInstance.state == TaskInstanceState.DEFERRED
    )
    with create_session() as session:
        others = Trigger.fetch_trigger_ids_with_non_task_associations(session=session)
        return {found for found in session.scalars(deferred) if found} | (trigger_ids & others)


def _bytes_in(logs: socket) -> int:
    found = array.array("i", [0])
    fcntl.ioctl(logs, termios.FIONREAD, found)
    return found[0]


def _is_readable(logs: socket) -> bool:
    return bool(select.select([logs], [], [], 0)[0])


def install() -> None:
    """Replace Airflow's classes by ours, before the triggerer starts."""
    triggerer_job_runner.TriggerLoggingFactory = TriggerLog  # type: ignore[misc] # Airflow looks its name up
    triggerer_job_runner.TriggerRunnerSupervisor = TriggererSupervisor  # type: ignore[misc] # as above
