"""Promises of the clients that all triggers of a triggerer share."""

import asyncio
import importlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.airflow_fargate.container import PROJECT

Use = Callable[[str, float], Awaitable[str]]


def hook(events: list[str]) -> Any:  # noqa: ANN401 it has what is needed of a hook
    """Return a hook that notes which clients are made and closed."""

    class Hook:
        def __init__(self, *, config: dict[str, Any], **arguments: object) -> None:
            self._config = config
            self._name = arguments["region_name"]

        async def get_async_conn(self) -> object:
            @asynccontextmanager
            async def client() -> AsyncIterator[str]:
                await asyncio.sleep(0.01)
                events.append(f"{self._name} made for {self._config['max_pool_connections']}")
                yield f"client of {self._name}"
                events.append(f"{self._name} closed")

            return client()

    return Hook


@pytest.fixture(name="events")
def _events() -> list[str]:
    """Collect what the clients of a test do."""
    return []


@pytest.fixture(name="use")
def _use(monkeypatch: pytest.MonkeyPatch, events: list[str]) -> Use:
    """Have the client of a region for some seconds, and return it."""
    monkeypatch.syspath_prepend(PROJECT / "docker")
    shared_client = importlib.import_module("airflow_fargate.fargate_task.shared_client").shared_client
    of = hook(events)

    async def use(region: str, sec: float) -> str:
        async with shared_client(of, {"retries": {"mode": "standard"}}, region_name=region) as client:
            await asyncio.sleep(sec)
            return str(client)

    return use


def test_all_who_ask_for_the_same_client_share_it(use: Use, events: list[str]) -> None:
    """All triggers with the same arguments share one client, also while it is being created."""

    async def several() -> list[str]:
        return list(await asyncio.gather(use("a", 0.05), use("a", 0.1), use("b", 0.05)))

    assert asyncio.run(several()) == ["client of a", "client of a", "client of b"]
    assert sorted(events) == ["a closed", "a made for 50", "b closed", "b made for 50"]


def test_a_client_is_closed_after_the_last_and_made_anew_for_the_next(use: Use, events: list[str]) -> None:
    """A client is closed after its last user, and created again for the next one."""

    async def in_turn() -> None:
        await use("a", 0)
        await use("a", 0)

    asyncio.run(in_turn())

    assert events == ["a made for 50", "a closed"] * 2


def test_one_that_is_cancelled_leaves_the_client_to_the_others(use: Use, events: list[str]) -> None:
    """A cancelled trigger does not close the client that others use."""

    async def with_a_cancelled_one() -> str:
        cancelled = asyncio.ensure_future(use("a", 1))
        kept = asyncio.ensure_future(use("a", 0.05))
        await asyncio.sleep(0.02)
        cancelled.cancel()
        return await kept

    assert asyncio.run(with_a_cancelled_one()) == "client of a"
    assert events == ["a made for 50", "a closed"]
