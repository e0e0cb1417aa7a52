"""
Cancel triggers as a triggerer does, in the loop of a triggerer.

`python cancelled_triggers.py`; run by test_cancelled_triggers.py, which answers for ECS.
"""

import asyncio

from airflow.jobs.triggerer_job_runner import TriggerRunner
from airflow.triggers.base import BaseTrigger
from airflow_fargate import fargate_task_trigger
from airflow_fargate.fargate_task_trigger import FargateTaskTrigger
from airflow_fargate.triggerer.runner import Runner

SYNC_SEC = 0.2
"""The interval of the supervisor's cancellations, instead of a second."""
# Instead of two minutes.
fargate_task_trigger.STOP_LIMIT_SEC = 2


def fargate(cluster: str) -> FargateTaskTrigger:
    """Return the trigger of an ECS task in *cluster*, from which the server knows how to answer."""
    return FargateTaskTrigger(
        cluster=cluster,
        task_arn=f"arn:aws:ecs:eu-central-1:123456789012:task/{cluster}/1",
        waiter_delay=60,
        waiter_max_attempts=10,
        aws_conn_id=None,
        # The trigger repeats a stop itself.
        botocore_config={"retries": {"total_max_attempts": 1}},
    )


async def cancel(runner: TriggerRunner, trigger: BaseTrigger, sent: int) -> None:
    """Send *sent* again and again until the trigger has ended, as Airflow's supervisor does."""
    running = asyncio.create_task(runner.run_trigger(1, trigger))
    runner.triggers[1] = {"task": running, "is_watcher": False, "name": "trigger", "events": 0}
    await asyncio.sleep(2 * SYNC_SEC)
    while not running.done():
        runner.to_cancel.append(sent)
        await runner.cancel_triggers()  # type: ignore[no-untyped-call] # Airflow's own has no types
        await asyncio.sleep(SYNC_SEC)
    del runner.triggers[1]
    # The supervisor has not heard of the end yet.
    runner.to_cancel.append(sent)
    await runner.cancel_triggers()  # type: ignore[no-untyped-call] # as above


async def cancel_on_kill(trigger: BaseTrigger) -> None:
    """Cancel `on_kill` again and again until it has ended."""
    running = asyncio.create_task(trigger.on_kill())
    while not running.done():
        await asyncio.sleep(SYNC_SEC)
        running.cancel()


async def main() -> None:
    """Cancel all triggers at the same time."""
    await asyncio.gather(
        cancel(Runner(), fargate("slow"), 1),
        cancel_on_kill(fargate("cancelled")),
        cancel(Runner(), fargate("taken-over"), -1),
        cancel(Runner(), fargate("refused"), 1),
        cancel(Runner(), fargate("forgotten"), 1),
        cancel(Runner(), fargate("silent-once"), 1),
        cancel(Runner(), fargate("silent"), 1),
    )


if __name__ == "__main__":
    asyncio.run(main())
