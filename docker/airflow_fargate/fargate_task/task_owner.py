"""The owner of an ECS task, a task instance: in the tags and in `startedBy`, which `RunTask` sets."""

import re
from typing import TYPE_CHECKING

from airflow.providers.amazon.aws.utils.identifiers import generate_uuid

from constructs_lib.shared.ecs import NOT_IN_TAG, OWN_TAGS

if TYPE_CHECKING:
    from airflow.sdk.types import RuntimeTaskInstanceProtocol

OWNER_TAG = f"airflow-{OWN_TAGS[-1]}"
"""The tag with the id of the task instance that waits for the ECS task. Airflow gives each try its own id."""
MAX_VALUE_LENGTH = 256


def started_by(dag_id: str, task_id: str, run_id: str, map_index: int | None, max_tries: int) -> str:
    """
    Return the `startedBy` of the ECS tasks that a try of this task instance may attach to.

    A retry leaves `max_tries` as it is, and attaches to the ECS task of the try before. A user who clears the task
    instance raises it, so that the next try starts its own ECS task: the old one is being stopped.
    """
    found: str = generate_uuid(*map(str, (dag_id, task_id, run_id, map_index, max_tries)))
    return found


def tags_of(instance: "RuntimeTaskInstanceProtocol", *, waits: bool) -> dict[str, str]:
    """
    Return the tags of an ECS task that *instance* starts: who it is, and its id if it *waits* for the end.

    `airflow_fargate.triggerer.unowned_tasks` ignores an ECS task without the id.
    """
    mapped = instance.map_index is not None and instance.map_index >= 0
    values = (
        instance.dag_id,
        instance.task_id,
        instance.run_id,
        instance.map_index if mapped else None,
        instance.try_number,
        instance.id if waits else None,
    )
    return {
        f"airflow-{name}": re.sub(NOT_IN_TAG, "_", str(value))[:MAX_VALUE_LENGTH]
        for name, value in zip(OWN_TAGS, values, strict=True)
        if value is not None
    }
