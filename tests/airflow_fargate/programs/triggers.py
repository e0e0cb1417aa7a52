"""Triggers of on-demand tasks, without an ECS."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from airflow_fargate.fargate_task_trigger import FargateTaskTrigger

SHARED_CLIENT = "airflow_fargate.fargate_task_trigger.shared_client"


def found(limits: list[float | None], lines: int) -> dict[str, Any]:
    """Return the errors of triggers with each of the *limits*, and how often others run while *lines* are logged."""
    return {
        "errors": [asyncio.run(_end(None if sec is None else time.time() + sec)) for sec in limits],
        "turns of others": asyncio.run(_turns_of_others(lines)),
    }


def _trigger(**more: Any) -> FargateTaskTrigger:  # noqa: ANN401 as the trigger has it
    return FargateTaskTrigger(
        cluster="c", task_arn="a", waiter_delay=1, waiter_max_attempts=1, aws_conn_id=None, region=None, **more
    )


async def _end(stop_at: float | None) -> str:
    """Return the error of a trigger whose time ends later than something else that takes too long."""
    with patch(SHARED_CLIENT, side_effect=TimeoutError("of something else")):
        try:
            return str([event async for event in _trigger(stop_at=stop_at).run()])
        except TimeoutError as error:
            return str(error)


async def _turns_of_others(lines: int) -> int:
    """Return how often another coroutine has its turn while a trigger reads a page of *lines*, which is there."""
    events = [{"timestamp": 1_000, "message": "line"}] * lines

    class Client:
        async def describe_tasks(self, **_: object) -> object:
            return {"tasks": [{"lastStatus": "STOPPED"}]}

        async def get_log_events(self, **asked: object) -> object:
            return {"events": [] if "nextToken" in asked else events, "nextForwardToken": "end"}

    @asynccontextmanager
    async def client(*_: object, **_named: object) -> AsyncIterator[Client]:
        yield Client()

    turns = SimpleNamespace(count=0)

    async def take_turns() -> None:
        while True:
            turns.count += 1
            await asyncio.sleep(0)

    with patch(SHARED_CLIENT, client):
        other = asyncio.create_task(take_turns())
        async for _ in _trigger(log_group="g", log_stream="s").run():
            pass
        other.cancel()
    return int(turns.count)
