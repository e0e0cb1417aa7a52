"""
Hand back a task that cannot end before its worker does: it runs again from its beginning, and uses up no retry.

Airflow's supervisor, one for each task in a process of Celery's pool, is replaced by one that watches the time. It
first ends the task's process, so that the task never runs twice at a time. Then it reports to the api-server that the
task is to be rescheduled, as a sensor does for itself, so the try stays the same. Then Celery deletes the message.
"""

import logging
import mmap
import os
import signal
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import httpx
from airflow.sdk import TaskInstanceState, get_current_context
from airflow.sdk.exceptions import DagRunTriggerException, TaskAlreadyRunningError
from airflow.sdk.execution_time import task_runner
from airflow.sdk.execution_time.comms import RescheduleTask
from airflow.sdk.execution_time.coordinator import BaseCoordinator
from airflow.sdk.execution_time.supervisor import _FORK_EXEC_PLATFORMS, ActivitySubprocess, _subprocess_main
from typing_extensions import override

from airflow_fargate import task_log
from airflow_fargate.worker import stop_time
from constructs_lib.shared.worker import RESCHEDULE_SEC

if TYPE_CHECKING:
    from types import FrameType

END = signal.SIGUSR2
ON_KILL_SEC = 5
"""The limit of an operator's `on_kill`."""
REPORT_SEC = 8
"""How long a task that has finished its code may report its end, of the 25 s that `stop_time` leaves."""
LAST_MESSAGES_SEC = 1
EXIT_LOOK_SEC = 0.02
WHY = (
    "This worker is being stopped, and the task would not end in time. It is handed back: it runs again from its"
    " beginning, and no retry is used up."
)

log = logging.getLogger(__name__)


class TaskSupervisor(ActivitySubprocess):
    """A supervisor that ends its task and hands it back when the worker's stop time is over."""

    executed: mmap.mmap
    """A byte in memory shared with the task's process: whether the task has run to its end."""
    _cut_off = False

    @override
    def _send_heartbeat_if_needed(self) -> None:
        # Called at least once in [workers] min_heartbeat_interval, while the task's process lives.
        if stop_time.is_over() and not self._has_ended and not self._cut_off:
            self._end()
        else:
            super()._send_heartbeat_if_needed()  # type: ignore[no-untyped-call] # Airflow's own has no types

    @override
    def _service_subprocess(self, max_wait_time: float, *arguments: Any, **named: Any) -> Any:
        # A process that has closed its sockets is about to end. Airflow would look for that only at the next heartbeat,
        # and the slot would stay occupied until then.
        wait_sec = max_wait_time if self._open_sockets else min(max_wait_time, EXIT_LOOK_SEC)
        return super()._service_subprocess(wait_sec, *arguments, **named)

    @property
    def _has_ended(self) -> bool:
        return bool(self._terminal_state or self._pending_terminal_state_msg)

    def _end(self) -> None:
        self._cut_off = True
        self.kill(END, escalation_delay=ON_KILL_SEC)
        if self.executed[0]:
            self.kill(END, escalation_delay=REPORT_SEC)
        self.kill(signal.SIGKILL)
        # Programs that it has started, in its process group, would run at the same time as the next attempt.
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        # Read the last messages of the process: it may have succeeded just now.
        end = time.monotonic() + LAST_MESSAGES_SEC
        while self.selector.select(timeout=0) and time.monotonic() < end:
            self._service_subprocess(max_wait_time=0)
        # A program that it has started may survive and hold the sockets open.
        self.cleanup_sockets_after_kill()

    @override
    def update_task_state_if_needed(self) -> None:
        """Report to the api-server how the task has ended, or that it is handed back."""
        if self._cut_off and not self._has_ended:
            now = datetime.now(tz=UTC)
            next_run = now + timedelta(seconds=RESCHEDULE_SEC)
            state = TaskInstanceState.UP_FOR_RESCHEDULE
            message = RescheduleTask(state=state, reschedule_date=next_run, end_date=now)
            self.process_log.warning(WHY)
            try:
                self._send_terminal_state_msg(message)
            except httpx.HTTPError:
                self.process_log.exception(
                    "The task could not be handed back; if a second attempt fails too, Airflow retries it after"
                    " [scheduler] task_instance_heartbeat_timeout"
                )
        super().update_task_state_if_needed()  # type: ignore[no-untyped-call] # as above

    @property
    @override
    def final_state(self) -> Any:
        """The state that was reported to the api-server, even if the process exits differently afterwards."""
        if self._terminal_state and (self._cut_off or self._terminal_state == TaskInstanceState.UP_FOR_RESCHEDULE):
            return self._terminal_state
        return super().final_state


class Coordinator(BaseCoordinator):
    """The class that runs tasks for Airflow ([sdk] coordinators)."""

    @override
    def execute_task(self, **arguments: Any) -> BaseCoordinator.ExecutionResult:
        """
        Run the task under our supervisor.

        Raises:
            TaskAlreadyRunningError: the message is an old one, which Celery ignores.

        """
        executed = mmap.mmap(-1, 1)
        # On macOS a fork must become a new program at once, so our function cannot run there.
        target = _subprocess_main if sys.platform in _FORK_EXEC_PLATFORMS else partial(run_task, executed)
        try:
            process = TaskSupervisor.start(target=target, **arguments)
        except httpx.HTTPStatusError as error:
            if error.response.status_code != HTTPStatus.FORBIDDEN:
                raise
            # Otherwise Celery would record a failure, and Airflow would end the task that runs.
            msg = (
                "The token of this message has expired: its task runs elsewhere, has ended, or is queued again after"
                " [scheduler] task_queued_timeout"
            )
            raise TaskAlreadyRunningError(msg) from error
        process.executed = executed
        exit_code = process.wait()
        return self.ExecutionResult(exit_code, process.final_state)


def run_task(executed: mmap.mmap) -> None:
    """Run the task as Airflow does, and end at the signal `END` unless the task's own code has *executed*."""
    process_id = os.getpid()
    execute = task_runner._run_execute_callable  # noqa: SLF001 no public hook between the code and the report

    def execute_to_its_end(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 passed on
        try:
            result = execute(*arguments, **named)
        except DagRunTriggerException:
            # After this Airflow may wait for the other run, for hours.
            raise
        except BaseException:
            executed[0] = 1
            raise
        executed[0] = 1
        return result

    def end(number: int, _frame: "FrameType | None") -> None:
        # A task that has run to its end is reported, not run again. Its last messages often wake the supervisor.
        if executed[0] and os.getpid() == process_id:
            return
        try:
            # Processes that the task has forked get the signal too.
            if os.getpid() == process_id:
                _call_on_kill()
        finally:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)

    task_log.hide_long_values()
    task_runner._run_execute_callable = execute_to_its_end  # noqa: SLF001 as above
    signal.signal(END, end)
    _subprocess_main()  # type: ignore[no-untyped-call] # as above


def _call_on_kill() -> None:
    """Stop the operator's work elsewhere by its `on_kill`, unless the next run attaches to it."""
    try:
        task: Any = get_current_context()["ti"].task
        if not getattr(task, "reattach", False):
            task.on_kill()
    except Exception:  # an operator may raise anything, and the task ends
        log.exception("on_kill failed")
