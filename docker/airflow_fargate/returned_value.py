"""The line in a task's log with the value that the task has returned."""

from collections.abc import MutableMapping
from typing import Any

import structlog

SHOWN_CHARACTERS = 10_000
START = "Done. Returned value was: "
"""How Airflow's PythonOperator begins it, whose other line for it is `Done. Returned value not shown`."""


def hide_large_ones() -> None:
    """
    Leave values that are too long to read out of this process's log, which is configured.

    Airflow writes the whole value: an XCom of 100 MB adds 100 MB to the log. No part of the value is shown, because
    Airflow would not recognise, and not mask, half of a secret.
    """
    # The loggers that there are keep the list, not the configuration.
    structlog.get_config()["processors"].insert(0, _hide)


def _hide(_logger: object, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event = entry.get("event")
    if isinstance(event, str) and event.startswith(START) and (length := len(event) - len(START)) > SHOWN_CHARACTERS:
        entry["event"] = f"Done. Returned value not shown: it has {length:,} characters"
    return entry
