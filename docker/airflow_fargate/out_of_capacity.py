"""When to ask ECS again for a task that it has no room for."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

TEMPORARY = ("Capacity is unavailable", "limit on the number of", "RESOURCE:")
"""
Of the reasons for which RunTask starts nothing, those that pass: Fargate has none left in these Availability Zones, the
account has reached its quota, the instances are full (AWS: "Amazon ECS API failure reasons").
"""
FIRST_PAUSE_SEC, LONGEST_PAUSE_SEC = 10, 300
MOST_REFUSALS = 300
"""After a day somebody should know."""


def pause(failures: Iterable[Mapping[str, Any]], refusals: int) -> timedelta | None:
    """
    Return how long to wait after RunTask's *failures*, which had been refused *refusals* times before.

    None: it is no use to ask again.
    """
    reasons = [str(each.get("reason")) for each in failures]
    passes = all(any(word in reason for word in TEMPORARY) for reason in reasons)
    if not passes or refusals >= MOST_REFUSALS:
        return None
    doubled = FIRST_PAUSE_SEC * 2 ** min(refusals, 10)
    return timedelta(seconds=min(doubled, LONGEST_PAUSE_SEC))
