"""Triggers that note in files what becomes of them."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent
from airflow_fargate.fargate_task_trigger import FargateTaskTrigger
from asgiref.sync import sync_to_async
from typing_extensions import override


class Waiting(BaseTrigger):
    """A trigger that waits for ever; it writes the file *note* with a suffix when it starts and when it is killed."""

    def __init__(self, note: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # Airflow's own has no types
        self.note = note

    @override
    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return the class and the arguments from which the triggerer creates this trigger."""
        return f"{type(self).__module__}.{type(self).__qualname__}", {"note": self.note}

    @override
    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait."""
        self.write("begun")
        await self.wait()
        yield TriggerEvent("never")  # type: ignore[no-untyped-call] # pydantic's, without types

    async def wait(self) -> None:
        """Wait."""
        await asyncio.sleep(600)

    def write(self, what: str) -> None:
        """Note *what* has happened."""
        Path(f"{self.note}.{what}").touch()

    @override
    async def on_kill(self) -> None:
        """Note it."""
        self.write("killed")


class InThread(Waiting):
    """A trigger that waits in a thread, by asgiref: its cancellation reaches the coroutine without its message."""

    @override
    async def wait(self) -> None:
        """Wait, and look often whether somebody has cancelled it."""
        while True:
            await sync_to_async(time.sleep)(0.05)


class SlowToDie(Waiting):
    """A trigger whose `on_kill` takes longer than the time between two turns of the triggerer."""

    @override
    async def on_kill(self) -> None:
        """Note it after three seconds."""
        await asyncio.sleep(3)
        await super().on_kill()


class Printing(Waiting):
    """A trigger that logs at once as much as several reads of Airflow's triggerer take, and then waits."""

    LINES = 40
    CHARACTERS = 400

    @override
    async def wait(self) -> None:
        """Log, and note it."""
        for _ in range(self.LINES):
            self.log.info("what the container prints %s", "x" * self.CHARACTERS)
        self.write("printed")
        await super().wait()


class Obedient(Waiting, FargateTaskTrigger):
    """
    A trigger that logs a line when the file *note*.log appears, and ends when *note*.end does.

    It is one of an on-demand task, about which the triggerer logs nothing itself.
    """

    def __init__(self, note: str) -> None:
        FargateTaskTrigger.__init__(
            self, cluster="c", task_arn="a", waiter_delay=1, waiter_max_attempts=1, aws_conn_id=None, region=None
        )
        self.note = note

    @override
    async def wait(self) -> None:
        """Do as allowed."""
        await asyncio.to_thread(self.wait_until_allowed, "log")
        self.log.info("what the container prints")
        await asyncio.to_thread(self.wait_until_allowed, "end")

    def wait_until_allowed(self, what: str) -> None:
        """Wait for the file."""
        while not Path(f"{self.note}.{what}").exists():
            time.sleep(0.02)


class Talking(Waiting):
    """A trigger that logs more at once than Airflow's triggerer reads in several turns, and ends."""

    LINES = 25
    CHARACTERS = 10_000

    @override
    async def wait(self) -> None:
        """Log."""
        for _ in range(self.LINES):
            self.log.info("what the container prints %s", "x" * self.CHARACTERS)
