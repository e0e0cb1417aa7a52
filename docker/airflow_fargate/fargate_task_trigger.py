"""The trigger that waits for a task on Fargate."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from airflow.providers.amazon.aws.hooks.ecs import EcsHook
from airflow.providers.amazon.aws.hooks.logs import AwsLogsHook
from airflow.providers.amazon.aws.triggers.ecs import TaskDoneTrigger
from airflow.providers.amazon.aws.utils.task_log_fetcher import AwsTaskLogFetcher, _parse_log_level
from airflow.sdk.exceptions import AirflowException
from airflow.triggers.base import TriggerEvent
from botocore.exceptions import BotoCoreError, ClientError
from typing_extensions import override

from airflow_fargate.fargate_task.shared_client import shared_client
from airflow_fargate.fargate_task.stopped_task import stop_failed

KNOWN_AFTER_SEC = 60
"""ECS may not know a new task yet; a task that is still unknown after this time has stopped long ago."""
TIMED_OUT = "timed out"
"""The status of the event after *stop_at*."""
FIRST_PAUSE_SEC = 1
STOP_LIMIT_SEC = 120
"""How long a stop is retried while ECS does not answer."""

LINES_IN_A_TURN = 100
"""About 10 ms of CPU; then other triggers run."""

_stops: set[asyncio.Task[None]] = set()


class FargateTaskTrigger(TaskDoneTrigger):
    """
    Wait for an ECS task and show its output; stop the task when no task instance waits for it any longer.

    :param stop_at: when the task has run for too long, in seconds since the epoch; None: never
    """

    def __init__(self, *, stop_at: float | None = None, **kwargs: Any) -> None:  # noqa: ANN401 the parent's arguments
        super().__init__(**kwargs)
        self.stop_at = stop_at

    @override
    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return the class and the arguments from which the triggerer creates this trigger."""
        path, arguments = super().serialize()
        return path, {**arguments, "stop_at": self.stop_at}

    @override
    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yield one event, when the task has stopped or has been stopped."""
        try:
            async with asyncio.timeout(None if self.stop_at is None else max(0, self.stop_at - time.time())) as limit:
                await self._wait()
            yield self._event("success")
        except TimeoutError:
            if not limit.expired():
                raise
            await self._stop("execution_timeout of the Airflow task")
            yield self._event(TIMED_OUT)

    async def _wait(self) -> None:
        """Wait as the parent does, but with a shared client; a task that ECS has forgotten has stopped."""
        arguments = {"aws_conn_id": self.aws_conn_id, "verify": self.verify}
        region = self.region_name
        log_region = self.log_region_name or region
        async with (
            shared_client(EcsHook, self.botocore_config, region_name=region, **arguments) as ecs,
            shared_client(AwsLogsHook, self.botocore_config, region_name=log_region, **arguments) as logs,
        ):
            token, known, began, logged = None, False, time.monotonic(), ""
            for _ in range(self.waiter_max_attempts):
                tasks = (await ecs.describe_tasks(cluster=self.cluster, tasks=[self.task_arn]))["tasks"]
                if self.log_group and self.log_stream:
                    token = await self._forward_logs(logs, token)
                known = known or bool(tasks) or time.monotonic() - began > KNOWN_AFTER_SEC
                status = tasks[0]["lastStatus"] if tasks else "STOPPED" if known else "not known yet"
                if status == "STOPPED":
                    return
                if status != logged:
                    self.log.info("The ECS task is %s", status)
                    logged = status
                await asyncio.sleep(self.waiter_delay)
        msg = f"ECS task {self.task_arn} still runs after {self.waiter_max_attempts} checks (waiter_max_attempts)"
        raise AirflowException(msg)

    @override
    async def _forward_logs(self, logs_client: Any, next_token: str | None = None) -> str | None:
        """
        Log the container's lines since *next_token*, and return the token of the next ones.

        The parent blocks other triggers until it has logged a page of 10,000 lines, and logs at each check that the
        stream does not exist yet.
        """
        while True:
            since = {"nextToken": next_token} if next_token else {}
            try:
                found = await logs_client.get_log_events(
                    logGroupName=self.log_group, logStreamName=self.log_stream, startFromHead=True, **since
                )
            except ClientError as error:
                if error.response["Error"]["Code"] != "ResourceNotFoundException":
                    raise
                return next_token
            for number, event in enumerate(found["events"], start=1):
                self.log.log(_parse_log_level(event["message"]), AwsTaskLogFetcher.event_to_str(event))
                if number % LINES_IN_A_TURN == 0:
                    await asyncio.sleep(0)
            before, next_token = next_token, found["nextForwardToken"]
            if not found["events"] or next_token == before:
                return next_token

    def _event(self, status: str) -> TriggerEvent:
        payload = {"status": status, "task_arn": self.task_arn, "cluster": self.cluster}
        return TriggerEvent(payload)  # type: ignore[no-untyped-call] # pydantic's, without types

    @override
    async def on_kill(self) -> None:
        """
        Stop the ECS task of an Airflow task that somebody has cleared or marked while it was deferred.

        The stop is a task of its own, so it continues if Airflow cancels this method. The method waits for its end
        to log the result.
        """
        stop = asyncio.create_task(self._stop("Airflow task was cleared or marked by a user"))
        # The loop itself keeps no reference (Python: "asyncio.create_task").
        _stops.add(stop)
        stop.add_done_callback(_stops.discard)
        while not stop.done():
            with suppress(asyncio.CancelledError):
                await asyncio.shield(stop)

    async def _stop(self, reason: str) -> None:
        """Stop the ECS task, and log the result or the error."""
        began, pause = time.monotonic(), FIRST_PAUSE_SEC
        while True:
            try:
                await self._ask_to_stop(reason)
            except ClientError as error:
                # botocore itself has already retried temporary errors.
                problem = _refusal(error)
                break
            except (BotoCoreError, OSError) as error:
                problem = str(error)
                if time.monotonic() - began > STOP_LIMIT_SEC:
                    break
                self.log.warning("ECS does not answer; trying again to stop %s: %s", self.task_arn, problem)
                await asyncio.sleep(pause)
                pause *= 2
            else:
                self.log.info("The ECS task %s is being stopped: %s", self.task_arn, reason)
                return
        if problem:
            self.log.error(stop_failed(self.cluster, self.task_arn, problem))

    async def _ask_to_stop(self, reason: str) -> None:
        # Cancelled triggers share a client, as waiting ones do.
        async with shared_client(
            EcsHook,
            self.botocore_config,
            aws_conn_id=self.aws_conn_id,
            region_name=self.region_name,
            verify=self.verify,
        ) as client:
            await client.stop_task(cluster=self.cluster, task=self.task_arn, reason=reason)


def _refusal(error: ClientError) -> str:
    """Return why ECS does not stop a task; nothing if ECS has forgotten it, because it stopped over an hour ago."""
    refused = error.response["Error"]
    forgotten = refused["Code"] == "InvalidParameterException" and "not found" in refused.get("Message", "")
    return "" if forgotten else str(error)
