"""
What Amazon ECS does and AWS's SDK does not check or report.

The limits are from AWS's API reference of ECS (`RunTask`, `Tag`) and its "service quotas". A session of ECS Exec ends
with exit code 0, whatever the exit code of its command, so the last line of the output reports that one.
"""

import json
import re

DEFINITION_BYTES = 65_536
"""The maximum size of a task definition."""
OVERRIDES_LENGTH = 8192
"""The maximum number of characters of all overrides, as JSON."""
TAGS = 50
"""The maximum number of tags of a task."""
DESCRIBED_SERVICES = 10
"""The maximum number of services of one `DescribeServices`."""
DESCRIBED_TASKS = 100
"""The maximum number of tasks of one `DescribeTasks`, and of one `GetTaskProtection`."""
STOP_TIMEOUT_SEC = 30
"""The time from SIGTERM to SIGKILL for a container without a `stopTimeout`."""
MAX_STOP_TIMEOUT_SEC = 120
"""The maximum `stopTimeout` on Fargate."""
OWN_TAGS = ("dag-id", "task-id", "run-id", "map-index", "try-number", "task-instance-id")
"""The tags, after `airflow-`, by which the operator marks an ECS task with its task instance."""
NOT_IN_TAG = r"[^\w .:/=+@-]"
TAG_KEY, TAG_VALUE = r"[\w .:/=+@-]{1,128}", r"[\w .:/=+@-]{0,256}"
STARTED_BY_LENGTH, NOT_IN_STARTED_BY = 128, r"[^A-Za-z0-9/_-]"
ENDED = "the command ended with exit code"
"""The start of the last line of the output of a command that ECS Exec runs."""


def overrides_length(overrides: object) -> int:
    """
    Return the number of characters of *overrides* as JSON without blanks.

    ECS counts the characters of its own JSON, which AWS does not publish.
    """
    return len(json.dumps(overrides, separators=(",", ":"), ensure_ascii=False))


def is_tag(key: object, value: object) -> bool:
    """Return whether a tag of a task may have this *key* and *value*."""
    if not (isinstance(key, str) and isinstance(value, str)) or key.lower().startswith("aws:"):
        return False
    return bool(re.fullmatch(TAG_KEY, key) and re.fullmatch(TAG_VALUE, value))


def end_line(code: int) -> str:
    """Return the last line of the output of a command that ended with the exit code *code*."""
    return f"{ENDED} {code}"


def exit_code(output: bytes) -> int | None:
    """Return the exit code in the last line of *output*, or None if that line is missing or incomplete."""
    _, found, rest = output.rpartition(f"{ENDED} ".encode())
    code, end, _ = rest.replace(b"\r", b"\n").partition(b"\n")
    return int(code) if found and end and code.isdigit() else None
