"""Triggers of on-demand tasks, without an ECS."""

import asyncio
import time
from unittest.mock import patch

from airflow_fargate.fargate_task_trigger import FargateTaskTrigger


def end_with_another_timeout(sec: float | None) -> str:
    """Return the error of a trigger whose time ends after *sec*, when something else takes too long before."""
    return asyncio.run(_end(None if sec is None else time.time() + sec))


async def _end(stop_at: float | None) -> str:
    trigger = FargateTaskTrigger(
        cluster="c", task_arn="a", waiter_delay=1, waiter_max_attempts=1, aws_conn_id=None, region=None, stop_at=stop_at
    )
    client = "airflow_fargate.fargate_task_trigger.shared_client"
    with patch(client, side_effect=TimeoutError("of something else")):
        try:
            return str([event async for event in trigger.run()])
        except TimeoutError as error:
            return str(error)
