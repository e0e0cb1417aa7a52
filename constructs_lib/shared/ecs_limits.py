"""Limits of ECS that AWS's SDK does not check (AWS: API reference of ECS, `RunTask` and `Tag`; "service quotas")."""

import json
import re

DEFINITION_BYTES = 65_536
"""The maximum size of a task definition."""
OVERRIDES_LENGTH = 8192
"""The maximum number of characters of all overrides together, as JSON."""
TAGS = 50
"""The maximum number of tags of a task."""
OWN_TAGS = ("dag-id", "task-id", "run-id", "map-index", "try-number", "task-instance-id")
"""What the operator says of the task instance by tags of its own, behind `airflow-`."""
NOT_IN_TAG = r"[^\w .:/=+@-]"
TAG_KEY, TAG_VALUE = r"[\w .:/=+@-]{1,128}", r"[\w .:/=+@-]{0,256}"
STARTED_BY_LENGTH, NOT_IN_STARTED_BY = 128, r"[^A-Za-z0-9/_-]"


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
