"""What of a stage is to run, in words, and the counts that hang on it; nothing here needs the engine."""

import re

from constructs_lib.settings.processes import WORKER

ALL, CORE, NOTHING = "all", "core", "nothing"
"""`core` is a step on the way: Airflow without its workers."""


def count_while_running(capacity: int | str) -> int:
    """Return the count that `Running.capacity` was given, out of the synthesized JSON."""
    found = re.search(r"\? (\d+) : 0\}$", str(capacity))
    return int(found[1] if found else capacity)


def is_worker_service(name: str) -> bool:
    """Return whether the ECS service *name* runs workers alone: it is called after the process."""
    return name.partition("-")[0] == WORKER.name
