"""A log without the lines of Airflow's that tell the reader of an on-demand task nothing."""

from collections.abc import Callable, Sequence
from typing import Any

OPERATOR = (
    "Running ECS Task",
    "EcsOperator overrides",
    "Try to find run",
    "No active previously launched task",
    "ECS Task started",
    "ECS task ID is",
    "Starting ECS Task Log Fetcher",
    "Cannot find log stream yet",
)
"""What `EcsRunTaskOperator` says of its way: requests and answers as a whole. Ours says where the task runs."""
TRIGGER_RUNNER = ("trigger %s starting", "Trigger fired event", "trigger completed")
"""What the triggerer says of each trigger."""


class QuietLog:
    """The logger *log* without what begins with one of *left_out* at the level `info`, where that *applies*."""

    def __init__(
        self,
        log: Any,  # noqa: ANN401 Airflow's loggers have many classes
        left_out: Sequence[str],
        applies: Callable[[], bool] = lambda: True,
    ) -> None:
        self._log = log
        self._left_out = tuple(left_out)
        self._applies = applies

    def info(self, event: object, *more: object, **named: object) -> None:
        """Log *event* unless it is left out."""
        if not (str(event).startswith(self._left_out) and self._applies()):
            self._log.info(event, *more, **named)

    async def ainfo(self, event: object, *more: object, **named: object) -> None:
        """Do as `info`, in a thread of the loop's."""
        if not (str(event).startswith(self._left_out) and self._applies()):
            await self._log.ainfo(event, *more, **named)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 as above
        """Return what the logger has."""
        return getattr(self._log, name)
