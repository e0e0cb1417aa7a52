"""
The triggerer, whose `on_kill` runs when a user cancels a trigger, and only then.

Airflow 3.3.2 has five faults there:

- It cancels a trigger again each second until the trigger has ended, and so it cancels `on_kill`, too: whatever takes
  longer than a second is never done.
- It knows a user's cancellation by the message of `CancelledError`, which is lost where a trigger awaits code that
  catches the error and raises another one, such as asgiref's `sync_to_async`: then `on_kill` is not called.
- It takes a trigger that another triggerer has taken over for one that a user has cancelled (apache/airflow#73454), and
  `on_kill` stops work whose result is still needed.
- It keeps the trigger of a task instance that has been cleared until the scheduler has looked at the DAG run, which it
  never does while the DAG is paused (`Trigger.clean_unused` compares with `NULL`).
- It deletes a trigger that nobody waits for even if no triggerer has started it. Such a trigger is never cancelled, and
  its `on_kill` never called. This happens when a task is cleared within a second of its deferral.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, WeakSet

from airflow.jobs import triggerer_job_runner
from airflow.jobs.triggerer_job_runner import (
    _ON_CANCEL_TIMEOUT,
    _USER_ACTION_CANCEL_MSG,
    TriggerLoggingFactory,
    TriggerRunner,
    messages,
)
from airflow.models.taskinstance import TaskInstance
from airflow.models.trigger import Trigger
from airflow.triggers.base import BaseTrigger
from airflow.utils.retries import run_with_db_retries
from airflow.utils.session import create_session
from airflow.utils.state import TaskInstanceState
from sqlalchemy import select, update
from typing_extensions import override

from airflow_fargate.fargate_task_trigger import FargateTaskTrigger
from airflow_fargate.task_log import TRIGGER_RUNNER, QuietLog
from airflow_fargate.triggerer import trigger_logs
from airflow_fargate.triggerer.unowned_tasks import stopping_unowned_tasks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from airflow.sdk import Context
    from structlog.typing import EventDict, Processor, WrappedLogger

OF_TASK_INSTANCE = frozenset({"dag_id", "task_id", "run_id", "ti_id", "try_number", "map_index"})
AGAIN_SEC = _ON_CANCEL_TIMEOUT + 10
"""When a trigger is cancelled again: one that has ended neither by the first time nor by the limit of its `on_kill`."""


_is_on_demand = ContextVar("is_on_demand", default=False)
"""Whether the trigger that runs waits for an on-demand task, whose log has its own lines."""


class Supervisor(trigger_logs.Supervisor):
    """A supervisor that knows which triggers others have taken over, and looks for ECS tasks without an owner."""

    _taken_over: frozenset[int] = frozenset()
    """Of the triggers that are to end in this triggerer those that somebody still waits for."""

    @contextmanager
    @override
    def run_context(self) -> Iterator[None]:
        """Look for ECS tasks without an owner while the triggerer runs."""
        with super().run_context(), stopping_unowned_tasks():
            yield

    @override
    def update_triggers(self, requested_trigger_ids: set[int]) -> None:
        """Note, beside what the parent does, which of the triggers that are to end are still waited for."""
        before = set(self.cancelling_triggers)
        super().update_triggers(requested_trigger_ids)
        new = self.cancelling_triggers - before
        self._taken_over = self._taken_over & self.cancelling_triggers | (_waited_for(new) if new else set())

    @override
    def clean_unused(self) -> None:
        """Do as the parent, and let go of the triggers of task instances that have been cleared."""
        # A trigger must be started before it is deleted, or it cannot be cancelled. One call takes a limited number.
        loaded = -1
        while loaded < len(self.creating_triggers):
            loaded = len(self.creating_triggers)
            self.load_triggers()
        cleared = update(TaskInstance).where(TaskInstance.state.is_(None), TaskInstance.trigger_id.is_not(None))
        for attempt in run_with_db_retries():
            with attempt, create_session() as session:
                session.execute(cleared.values(trigger_id=None).execution_options(synchronize_session=False))
        super().clean_unused()

    @override
    def send_msg(self, msg: Any, *more: Any, **named: Any) -> None:
        """Say by a number below zero that a trigger which is to end has been taken over: there is no other room."""
        if isinstance(msg, messages.TriggerStateSync):
            to_cancel = {-each if each in self._taken_over else each for each in msg.to_cancel}
            msg = msg.model_copy(update={"to_cancel": to_cancel})
        super().send_msg(msg, *more, **named)

    @classmethod
    @override
    def run_in_process(cls) -> None:
        """Run our triggers' loop."""
        Runner().run()  # type: ignore[no-untyped-call] # Airflow's own has no types


def _waited_for(trigger_ids: set[int]) -> set[int]:
    """Return which of the triggers somebody waits for, a task instance or else an asset or a callback."""
    deferred = select(TaskInstance.trigger_id).where(
        TaskInstance.trigger_id.in_(trigger_ids), TaskInstance.state == TaskInstanceState.DEFERRED
    )
    with create_session() as session:
        others = Trigger.fetch_trigger_ids_with_non_task_associations(session=session)
        return {found for found in session.scalars(deferred) if found} | (trigger_ids & others)


class Runner(TriggerRunner):
    """A loop of triggers that cancels each of them once, and says why."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # as above
        self.log = QuietLog(self.log, TRIGGER_RUNNER, applies=_is_on_demand.get)
        self._cancelled_at: WeakKeyDictionary[Any, float] = WeakKeyDictionary()
        self._cancelled_by_user: WeakSet[Any] = WeakSet()

    @override
    async def run_trigger(
        self,
        trigger_id: int,
        trigger: BaseTrigger,
        timeout_after: datetime | None = None,
        context: "Context | None" = None,
    ) -> None:
        """Do as the parent, and call the `on_kill` of a trigger that a user has cancelled if the parent did not."""
        _is_on_demand.set(isinstance(trigger, FargateTaskTrigger))
        on_kill, called = trigger.on_kill, False

        async def note() -> None:
            nonlocal called
            called = True
            await on_kill()

        trigger.on_kill = note  # type: ignore[method-assign] # of this trigger alone
        try:
            await super().run_trigger(trigger_id, trigger, timeout_after, context)
        except asyncio.CancelledError:
            by_user = asyncio.current_task() in self._cancelled_by_user
            # As Airflow has it, a trigger that has waited for too long is not killed.
            if by_user and not called and not (timeout_after and timeout_after < datetime.now(tz=UTC)):
                with suppress(TimeoutError):
                    await asyncio.wait_for(on_kill(), _ON_CANCEL_TIMEOUT)
            raise

    @override
    async def cancel_triggers(self) -> None:
        """Cancel what the supervisor has sent; `on_kill` is for those that nobody waits for."""
        while self.to_cancel:
            sent = self.to_cancel.popleft()
            if details := self.triggers.get(abs(sent)):
                self._cancel(details["task"], by_user=sent > 0)

    def _cancel(self, task: Any, *, by_user: bool) -> None:  # noqa: ANN401 a task of asyncio, of nothing in particular
        now = time.monotonic()
        if now - self._cancelled_at.get(task, float("-inf")) < AGAIN_SEC:
            return
        self._cancelled_at[task] = now
        if by_user:
            self._cancelled_by_user.add(task)
        task.cancel(_USER_ACTION_CANCEL_MSG if by_user else None)


class LogFile(TriggerLoggingFactory):
    """A trigger's log without what is the same in each of its lines, and in its name: it is half of the file."""

    @override
    def __call__(self, processors: "Iterable[Processor]") -> "WrappedLogger":
        """Return the logger, which the first call makes."""
        return super().__call__([_leave_out_task_instance, *processors])


def _leave_out_task_instance(_log: "WrappedLogger", _method: str, event: "EventDict") -> "EventDict":
    return {key: value for key, value in event.items() if key not in OF_TASK_INSTANCE}


def install() -> None:
    """Let the triggerer that is about to start be this one."""
    triggerer_job_runner.TriggerLoggingFactory = LogFile  # type: ignore[misc] # its name is looked up, too
    triggerer_job_runner.TriggerRunnerSupervisor = Supervisor  # type: ignore[misc] # its name is looked up at the start
