"""
Cancel triggers as a triggerer does, in the loop of a triggerer, and print what came of each.

`python cancelled_triggers.py`; run by test_cancelled_triggers.py, which answers for ECS.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from airflow.jobs.triggerer_job_runner import TriggerRunner
from airflow.triggers.base import BaseTrigger, TriggerEvent
from airflow_fargate.fargate_task_trigger import FargateTaskTrigger
from airflow_fargate.triggerer import Runner

SYNC_SEC = 0.2
"""Instead of a second: so often the supervisor sends what is to be cancelled."""
ON_KILL_SEC = 1


class Slow(BaseTrigger):
    """A trigger of somebody's, whose `on_kill` takes longer than the time between two syncs."""

    killed = False

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return what no test asks for."""
        return "", {}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait."""
        await asyncio.sleep(600)
        yield TriggerEvent("never")  # type: ignore[no-untyped-call] # pydantic's, without types

    async def on_kill(self) -> None:
        """Take a second."""
        await asyncio.sleep(ON_KILL_SEC)
        self.killed = True


def fargate(cluster: str) -> FargateTaskTrigger:
    """Return the trigger of an ECS task in *cluster*, which tells the server how it shall answer."""
    return FargateTaskTrigger(
        cluster=cluster,
        task_arn=f"arn:aws:ecs:eu-central-1:123456789012:task/{cluster}/1",
        waiter_delay=60,
        waiter_max_attempts=10,
        aws_conn_id=None,
    )


async def cancel(runner: TriggerRunner, trigger: BaseTrigger, sent: int) -> None:
    """Send *sent* again and again until the trigger has ended, as Airflow's supervisor does."""
    running = asyncio.create_task(runner.run_trigger(1, trigger))
    runner.triggers[1] = {"task": running, "is_watcher": False, "name": "trigger", "events": 0}
    await asyncio.sleep(2 * SYNC_SEC)
    while not running.done():
        runner.to_cancel.append(sent)
        await runner.cancel_triggers()
        await asyncio.sleep(SYNC_SEC)
    del runner.triggers[1]


async def cancel_on_kill(trigger: BaseTrigger) -> None:
    """Cancel `on_kill` again and again until it has ended."""
    running = asyncio.create_task(trigger.on_kill())
    while not running.done():
        await asyncio.sleep(SYNC_SEC)
        running.cancel()


async def main() -> dict[str, Any]:
    """Return, by what was done, whether it had the trigger's `on_kill` run to its end."""
    airflows: Callable[[], Any] = TriggerRunner
    ends: dict[str, Any] = {}
    kinds: dict[str, tuple[Callable[[], Any], int]] = {
        "airflow's runner": (airflows, 1),
        "our runner": (Runner, 1),
        "taken over": (Runner, -1),
    }
    for name, (made, sent) in kinds.items():
        slow = Slow()
        await cancel(made(), slow, sent)
        ends[name] = slow.killed
    fargates: dict[str, Awaitable[None]] = {
        "slow": cancel(Runner(), fargate("slow"), 1),
        "cancelled": cancel_on_kill(fargate("cancelled")),
        "taken-over": cancel(Runner(), fargate("taken-over"), -1),
        "refused": cancel(Runner(), fargate("refused"), 1),
        "forgotten": cancel(Runner(), fargate("forgotten"), 1),
    }
    await asyncio.gather(*fargates.values())
    return ends


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main())))  # noqa: T201 for the test
