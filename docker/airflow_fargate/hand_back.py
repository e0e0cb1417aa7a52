"""
Hand a task back that cannot end before its worker does: it runs again from its beginning, and no retry is used up.

Airflow's supervisor, one for each task in a process of Celery's pool, is replaced by one that watches the time. It
ends the task's process first, so that the task never runs twice at a time, and then tells the scheduler to reschedule
it, as a sensor does with itself: the attempt stays the same one. Then Celery deletes the message.
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

from airflow_fargate import returned_value
from airflow_fargate.worker import stop_time
from constructs_lib.shared.worker import RESCHEDULE_SEC

if TYPE_CHECKING:
    from types import FrameType

END = signal.SIGUSR2
ON_KILL_SEC = 5
"""What an operator's `on_kill` may take."""
REPORT_SEC = 8
"""What a task that has run to its end may take beyond that to report it, of the 25 s that `stop_time` leaves."""
LAST_WORDS_SEC = 1
EXIT_LOOK_SEC = 0.02
WHY = (
    "This worker is being stopped, and the task would not end in time. It is handed back: it runs again from its"
    " beginning, and no retry is used up."
)

log = logging.getLogger(__name__)


class Supervisor(ActivitySubprocess):
    """A supervisor that ends its task and hands it back when the worker's time is over."""

    executed: mmap.mmap
    """A byte that it shares with the task's process: whether the task has run to its end."""
    _cut_off = False

    @override
    def _send_heartbeat_if_needed(self) -> None:
        # Called at least once in [workers] min_heartbeat_interval, while the task's process lives.
        if stop_time.is_over() and not self._has_ended and not self._cut_off:
            self._end()
        else:
            super()._send_heartbeat_if_needed()  # type: ignore[no-untyped-call] # Airflow's own has no types

    @override
    def _service_subprocess(self, max_wait_time: float, *more: Any, **named: Any) -> Any:
        # With nothing left to hear, the process is about to end. Airflow would look for that no sooner than at the next
        # heartbeat, and the slot would stand still.
        wait_sec = max_wait_time if self._open_sockets else min(max_wait_time, EXIT_LOOK_SEC)
        return super()._service_subprocess(wait_sec, *more, **named)

    @property
    def _has_ended(self) -> bool:
        return bool(self._terminal_state or self._pending_terminal_state_msg)

    def _end(self) -> None:
        self._cut_off = True
        self.kill(END, escalation_delay=ON_KILL_SEC)
        if self.executed[0]:
            self.kill(END, escalation_delay=REPORT_SEC)
        self.kill(signal.SIGKILL)
        # Programs that it has started, in its group of processes, would run beside the next attempt.
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        # What the process has said last is heard: it may have succeeded just now.
        heard = time.monotonic() + LAST_WORDS_SEC
        while self.selector.select(timeout=0) and time.monotonic() < heard:
            self._service_subprocess(max_wait_time=0)
        # A program that it has started may live on and hold them open.
        self.cleanup_sockets_after_kill()

    @override
    def update_task_state_if_needed(self) -> None:
        """Tell the api-server how the task has ended, or that it is handed back."""
        if self._cut_off and not self._has_ended:
            now = datetime.now(tz=UTC)
            again = now + timedelta(seconds=RESCHEDULE_SEC)
            state = TaskInstanceState.UP_FOR_RESCHEDULE
            message = RescheduleTask(state=state, reschedule_date=again, end_date=now)
            self.process_log.warning(WHY)
            try:
                self._send_terminal_state_msg(message)
            except httpx.HTTPError:
                self.process_log.exception(
                    "The task could not be handed back; if a second attempt fails too, it is retried once it is"
                    " missed ([scheduler] task_instance_heartbeat_timeout)"
                )
        super().update_task_state_if_needed()  # type: ignore[no-untyped-call] # as above

    @property
    @override
    def final_state(self) -> Any:
        """The state that the api-server has been told, whatever has become of the process after that."""
        if self._terminal_state and (self._cut_off or self._terminal_state == TaskInstanceState.UP_FOR_RESCHEDULE):
            return self._terminal_state
        return super().final_state


class Coordinator(BaseCoordinator):
    """What Airflow asks to run a task ([sdk] coordinators)."""

    @override
    def execute_task(self, **given: Any) -> BaseCoordinator.ExecutionResult:
        """
        Run the task under our supervisor.

        Raises:
            TaskAlreadyRunningError: the message is of another time, which Celery takes for one to ignore.

        """
        executed = mmap.mmap(-1, 1)
        # Where a fork must become a new program at once, macOS, there is no place for ours.
        target = _subprocess_main if sys.platform in _FORK_EXEC_PLATFORMS else partial(run_task, executed)
        try:
            process = Supervisor.start(target=target, **given)
        except httpx.HTTPStatusError as error:
            if error.response.status_code != HTTPStatus.FORBIDDEN:
                raise
            # Celery would note that the task has failed, and Airflow would end the one that runs.
            msg = (
                "The token of this message has expired: its task runs or has run elsewhere, or else is queued again"
                " ([scheduler] task_queued_timeout)"
            )
            raise TaskAlreadyRunningError(msg) from error
        process.executed = executed
        exit_code = process.wait()
        return self.ExecutionResult(exit_code, process.final_state)


def run_task(executed: mmap.mmap) -> None:
    """Do as Airflow does in the task's process, ready to be ended until the task's own code has *executed*."""
    process_id = os.getpid()
    execute = task_runner._run_execute_callable  # noqa: SLF001 there is no public place between code and report

    def execute_to_its_end(*given: Any, **named: Any) -> Any:  # noqa: ANN401 handed on
        try:
            result = execute(*given, **named)
        except DagRunTriggerException:
            # Airflow may wait for the other run now, for hours.
            raise
        except BaseException:
            executed[0] = 1
            raise
        executed[0] = 1
        return result

    def end(number: int, _frame: "FrameType | None") -> None:
        # What has run to its end is reported, not run again. Its last words are what often wakes the supervisor.
        if executed[0] and os.getpid() == process_id:
            return
        try:
            # What the task has forked gets the signal too.
            if os.getpid() == process_id:
                _let_go()
        finally:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)

    returned_value.hide_large_ones()
    task_runner._run_execute_callable = execute_to_its_end  # noqa: SLF001 as above
    signal.signal(END, end)
    _subprocess_main()  # type: ignore[no-untyped-call] # as above


def _let_go() -> None:
    """Stop what the operator has started elsewhere, unless the next run attaches to it."""
    try:
        task: Any = get_current_context()["ti"].task
        if not getattr(task, "reattach", False):
            task.on_kill()
    except Exception:  # whatever an operator raises, the task ends
        log.exception("on_kill failed")
