"""When to ask ECS again for a task that it has no room for."""

import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowRescheduleException

if TYPE_CHECKING:
    from airflow.providers.amazon.aws.exceptions import EcsOperatorError
    from airflow.sdk import Context

TEMPORARY = ("Capacity is unavailable", "limit on the number of", "RESOURCE:")
"""
Of the reasons for which RunTask starts nothing, those that pass: Fargate has none left in these Availability Zones, the
account has reached its quota, the instances are full (AWS: "Amazon ECS API failure reasons").
"""
FIRST_PAUSE_SEC, LONGEST_PAUSE_SEC = 10, 300
MOST_REFUSALS = 300
"""After a day somebody should know."""


log = logging.getLogger(__name__)


def come_again(context: "Context", error: "EcsOperatorError") -> None:
    """
    If ECS has room later, let the task be run again then, as the same attempt; no worker waits for it.

    Raises:
        AirflowRescheduleException: so it is.

    """
    wait = _pause(error.failures, context.get("task_reschedule_count", 0))
    if wait:
        log.warning("ECS has no room for the task, it is asked again in %s: %s", wait, error.failures)
        again_at = datetime.now(tz=UTC) + wait
        raise AirflowRescheduleException(again_at) from error  # type: ignore[no-untyped-call] # Airflow's has no types


def _pause(failures: Iterable[Mapping[str, Any]], refusals: int) -> timedelta | None:
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
