"""
Omit lines from a task's log: those about Airflow's own steps, and long returned values.

A reader of the log looks for the output of the task.
"""

from collections.abc import Callable, MutableMapping, Sequence
from typing import Any

import structlog

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
"""Lines of `EcsRunTaskOperator`, with whole requests and responses. Our operator logs where the task runs instead."""
TRIGGER_RUNNER = ("trigger %s starting", "Trigger fired event", "trigger completed")
"""Lines of the triggerer about each trigger."""
MAX_VALUE_CHARACTERS = 10_000
RETURNED_VALUE = "Done. Returned value was: "
"""The start of a line of Airflow's PythonOperator. With `show_return_value_in_logs=False` it is another line."""


class QuietLog:
    """The logger *log* without the `info` lines that begin with one of *omitted*, while *applies* returns True."""

    def __init__(
        self,
        log: Any,  # noqa: ANN401 Airflow's loggers have many classes
        omitted: Sequence[str],
        applies: Callable[[], bool] = lambda: True,
    ) -> None:
        self._log = log
        self._omitted = tuple(omitted)
        self._applies = applies

    def info(self, event: object, *arguments: object, **fields: object) -> None:
        """Log *event* unless it is omitted."""
        if not (str(event).startswith(self._omitted) and self._applies()):
            self._log.info(event, *arguments, **fields)

    async def ainfo(self, event: object, *arguments: object, **fields: object) -> None:
        """Do as `info`, in a thread of the event loop."""
        if not (str(event).startswith(self._omitted) and self._applies()):
            await self._log.ainfo(event, *arguments, **fields)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 as above
        """Return the logger's attribute."""
        return getattr(self._log, name)


def hide_long_values() -> None:
    """
    Omit returned values that are too long to read from this process's log; call it after logging is configured.

    Airflow writes the whole value: an XCom of 100 MB adds 100 MB to the log. The line has no part of the value, because
    Airflow would not recognise, and not mask, half of a secret.
    """
    # Existing loggers hold a reference to this list, not to the configuration.
    structlog.get_config()["processors"].insert(0, _hide)


def _hide(_logger: object, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event = entry.get("event")
    if isinstance(event, str) and event.startswith(RETURNED_VALUE):
        length = len(event) - len(RETURNED_VALUE)
        if length > MAX_VALUE_CHARACTERS:
            entry["event"] = f"Done. Returned value not shown: it has {length:,} characters"
    return entry
