"""Promises of the trigger that no test of a run keeps."""

from pathlib import Path

from tests.airflow_fargate.container import last_json, run_with_airflow

LATE = """
import asyncio, json, time
from airflow_fargate.fargate_task_trigger import FargateTaskTrigger

async def end(stop_at):
    async def wait():
        raise TimeoutError("of something else")
    trigger = FargateTaskTrigger(
        cluster="c", task_arn="a", waiter_delay=1, waiter_max_attempts=1, aws_conn_id=None, region=None, stop_at=stop_at
    )
    trigger._wait = wait
    trigger._stop = lambda reason: 1 / 0
    try:
        return [event async for event in trigger.run()]
    except TimeoutError as error:
        return str(error)

print(json.dumps([asyncio.run(end(stop_at)) for stop_at in (None, time.time() + 60)]))
"""


def test_only_its_own_time_limit_stops_a_task(tmp_path: Path) -> None:
    """Another call that takes too long is no reason to stop a container that runs."""
    assert last_json(run_with_airflow(LATE, tmp_path)) == ["of something else"] * 2
