"""Write the output of a task to its stream in CloudWatch Logs, which is named as the `awslogs` driver does."""

import time
from collections.abc import Mapping
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.logs.models import logs_backends

from airflow_on_fargate.local.launch import CannotStartError

EVENT_BYTES = 256 * 1024 - 26
"""The maximum size of an event; CloudWatch Logs counts 26 bytes in addition to the text."""


class TaskLog:
    """The stream of the *container* (its definition) of a task; *backend* is moto's ECS."""

    def __init__(self, backend: Any, container: Mapping[str, Any], task_id: str) -> None:
        options = (container.get("logConfiguration") or {}).get("options", {})
        self._logs = logs_backends[backend.account_id][backend.region_name]
        self._group = options.get("awslogs-group")
        self._stream = f"{options.get('awslogs-stream-prefix')}/{container['name']}/{task_id}"

    def open(self) -> None:
        """
        Create the stream.

        Raises:
            CannotStartError: there is no such log group.

        """
        if not self._group:
            return
        try:
            self._logs.create_log_stream(self._group, self._stream)
        except JsonRESTError as error:
            msg = f"ResourceInitializationError: no log stream can be made in {self._group}: {error.message}"
            raise CannotStartError(msg) from error

    def write(self, line: str) -> None:
        """Write *line*, in parts if it is long; CloudWatch accepts no empty events."""
        content = line.encode()
        for begin in range(0, len(content) if self._group else 0, EVENT_BYTES):
            text = content[begin : begin + EVENT_BYTES].decode(errors="replace")
            event = {"timestamp": int(time.time() * 1000), "message": text}
            self._logs.put_log_events(self._group, self._stream, [event])
