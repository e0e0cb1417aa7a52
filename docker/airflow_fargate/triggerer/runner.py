"""
The triggerer's second process: the event loop in which triggers run.

Airflow 3.3.2 has faults here, which `Runner` works around, so that `on_kill` runs when a user cancels a trigger, and
only then:

- It cancels a trigger again each second until the trigger has ended, and with it `on_kill`. An `on_kill` that takes
  longer than a second is never completed.
- It recognises a user's cancellation by the message of `CancelledError`. The message is lost where a trigger awaits
  code that catches the error and raises another one, such as asgiref's `sync_to_async`: then `on_kill` is not called.
"""

import asyncio
import time
from contextlib import suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, WeakSet

from airflow.jobs.triggerer_job_runner import (
    _ON_CANCEL_TIMEOUT,
    _USER_ACTION_CANCEL_MSG,
    TriggerLoggingFactory,
    TriggerRunner,
)
from airflow.triggers.base import BaseTrigger
from typing_extensions import override

from airflow_fargate.fargate_task_trigger import FargateTaskTrigger
from airflow_fargate.task_log import TRIGGER_RUNNER, QuietLog

if TYPE_CHECKING:
    from collections.abc import Iterable

    from airflow.sdk import Context
    from structlog.typing import EventDict, Processor, WrappedLogger

OF_TASK_INSTANCE = frozenset({"dag_id", "task_id", "run_id", "ti_id", "try_number", "map_index"})
REPEAT_CANCEL_SEC = _ON_CANCEL_TIMEOUT + 10
"""A trigger that has not ended after this time, the limit of its `on_kill`, is cancelled again."""


_is_on_demand = ContextVar("is_on_demand", default=False)
"""Whether the trigger that runs waits for an on-demand task, whose log has its own lines."""


class Runner(TriggerRunner):
    """A loop of triggers that cancels each trigger once, and passes on the reason."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # Airflow's own has no types
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
        """Run the trigger as the parent does; call its `on_kill` if a user has cancelled it and the parent has not."""
        _is_on_demand.set(isinstance(trigger, FargateTaskTrigger))
        on_kill, called = trigger.on_kill, False

        async def noted_on_kill() -> None:
            nonlocal called
            called = True
            await on_kill()

        trigger.on_kill = noted_on_kill  # type: ignore[method-assign] # of this trigger only
        try:
            await super().run_trigger(trigger_id, trigger, timeout_after, context)
        except asyncio.CancelledError:
            by_user = asyncio.current_task() in self._cancelled_by_user
            # As in Airflow, `on_kill` of a trigger that has timed out is not called.
            if by_user and not called and not (timeout_after and timeout_after < datetime.now(tz=UTC)):
                with suppress(TimeoutError):
                    await asyncio.wait_for(on_kill(), _ON_CANCEL_TIMEOUT)
            raise

    @override
    async def cancel_triggers(self) -> None:
        """Cancel the triggers whose ids the supervisor has sent; a negative id: the trigger was taken over."""
        while self.to_cancel:
            sent = self.to_cancel.popleft()
            if details := self.triggers.get(abs(sent)):
                self._cancel(details["task"], by_user=sent > 0)

    def _cancel(self, task: Any, *, by_user: bool) -> None:  # noqa: ANN401 a task of asyncio, whose result has any type
        now = time.monotonic()
        if now - self._cancelled_at.get(task, float("-inf")) < REPEAT_CANCEL_SEC:
            return
        self._cancelled_at[task] = now
        if by_user:
            self._cancelled_by_user.add(task)
        task.cancel(_USER_ACTION_CANCEL_MSG if by_user else None)


class TriggerLog(TriggerLoggingFactory):
    """A trigger's log without the fields that are the same in all its lines: they would be half of the file."""

    @override
    def __call__(self, processors: "Iterable[Processor]") -> "WrappedLogger":
        """Return the logger, which the first call creates."""
        return super().__call__([_omit_task_instance, *processors])


def _omit_task_instance(_log: "WrappedLogger", _method: str, event: "EventDict") -> "EventDict":
    return {key: value for key, value in event.items() if key not in OF_TASK_INSTANCE}
