"""
The triggerer hears all that its triggers log, as fast as they log it.

Airflow 3.3.2 reads 4 KiB of it in each turn of a loop that asks the database some ten questions: a container that
prints a thousand lines fills the socket, and then every trigger waits. When a trigger ends, which is told on another
socket, its log is uploaded without what has not been read by then.
"""

import array
import fcntl
import select
import selectors
import termios
from collections.abc import Callable
from socket import socket
from typing import Any

from airflow.jobs.triggerer_job_runner import TriggerRunnerSupervisor, messages
from typing_extensions import override

READ_BYTES = 4096
"""What Airflow's own reader takes at once (`make_buffered_socket_reader`)."""


class Supervisor(TriggerRunnerSupervisor):
    """A supervisor that reads in each turn, and before it closes a trigger's log, whatever is there."""

    _logs: socket
    _read: Callable[[socket], bool]

    @override
    def _register_pipe_readers(
        self, stdout: socket, stderr: socket, requests: socket, logs: socket, *, data: dict[socket, bytes]
    ) -> None:
        super()._register_pipe_readers(stdout, stderr, requests, logs, data=data)
        self._logs = logs
        self._read, on_close = self.selector.get_key(logs).data
        self.selector.modify(logs, selectors.EVENT_READ, (self._read_all, on_close))

    @override
    def _handle_request(self, msg: Any, *more: Any, **named: Any) -> None:
        if isinstance(msg, messages.TriggerStateChanges) and msg.finished and self._logs in self._open_sockets:
            self._read_all(self._logs)
        super()._handle_request(msg, *more, **named)

    def _read_all(self, logs: socket) -> bool:
        """Read what is there, no more, for triggers may log without a pause; return whether more may come."""
        rest, may_come = _bytes_in(logs), True
        # Not readable: a request that came in the same turn has had it read already, and a read would wait.
        while may_come and _is_readable(logs):
            may_come = self._read(logs)
            rest -= READ_BYTES
            if rest <= 0:
                break
        return may_come


def _bytes_in(logs: socket) -> int:
    found = array.array("i", [0])
    fcntl.ioctl(logs, termios.FIONREAD, found)
    return found[0]


def _is_readable(logs: socket) -> bool:
    return bool(select.select([logs], [], [], 0)[0])
