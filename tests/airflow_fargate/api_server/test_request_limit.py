"""Promises of the bound on requests that a worker of the api-server works on at a time."""

import asyncio
import importlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import pytest

from constructs_lib.settings.processes import HEALTH_PATH
from constructs_lib.shared.containers import PEOPLE_REQUESTS, TASK_REQUESTS
from tests.airflow_fargate.container import PROJECT

if TYPE_CHECKING:
    from types import ModuleType

pytest.importorskip("starlette")
BODY = {"type": "http.request", "body": b"", "more_body": False}
START = {"type": "http.response.start", "status": 200, "headers": []}
GONE = {"type": "http.disconnect"}
PAGE, HEARTBEAT = "/api/v2/dags", "/execution/task-instances/1/heartbeat"


@pytest.fixture(name="module")
def _module(monkeypatch: pytest.MonkeyPatch) -> "ModuleType":
    monkeypatch.syspath_prepend(PROJECT / "docker")
    return importlib.import_module("airflow_fargate.api_server.request_limit")


class Server:
    """An application behind the limit, which answers when a test sets its event."""

    def __init__(self, module: "ModuleType") -> None:
        self.working: list[str] = []
        self.bodies: list[bytes] = []
        self.answer, self.end = asyncio.Event(), asyncio.Event()
        self._limit = module.RequestLimit(self._app)

    async def _app(self, scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Any) -> None:  # noqa: ANN401 ASGI's
        self.working.append(scope["path"])
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message["body"]
            if not message["more_body"]:
                break
        self.bodies.append(body)
        await self.answer.wait()
        await send(START)
        await self.end.wait()

    def ask(self, path: str = PAGE, *messages: dict[str, Any]) -> "asyncio.Task[None]":
        """Send a request whose client waits for its answer, or sends *messages*."""
        waiting = list(messages or [BODY])

        async def receive() -> dict[str, Any]:
            if not waiting:
                await asyncio.Event().wait()
            return waiting.pop(0)

        async def send(_: object) -> None: ...

        return asyncio.ensure_future(self._limit({"type": "http", "path": path}, receive, send))


async def turns() -> None:
    """Run every task of the loop as far as possible."""
    for _ in range(20):
        await asyncio.sleep(0)


def test_no_more_requests_of_people_are_worked_on_than_the_pool_serves(module: "ModuleType") -> None:
    """No more requests of people run at a time than the limit, and all waiting ones are answered."""

    async def run() -> tuple[int, int]:
        server = Server(module)
        asked = [server.ask() for _ in range(3 * PEOPLE_REQUESTS)]
        await turns()
        at_a_time = len(server.working)
        server.answer.set()
        server.end.set()
        await asyncio.wait_for(asyncio.gather(*asked), 5)
        return at_a_time, len(server.working)

    assert asyncio.run(run()) == (PEOPLE_REQUESTS, 3 * PEOPLE_REQUESTS)


def test_people_keep_no_task_from_its_heartbeat(module: "ModuleType") -> None:
    """Requests of tasks have their own places, and health checks need none."""
    checks = [importlib.import_module("airflow_fargate.health").API_SERVER_PATH, HEALTH_PATH]

    async def run() -> list[str]:
        server = Server(module)
        *_, first, second = [server.ask(path) for path in (*[PAGE] * 50, *[HEARTBEAT] * 50, *checks)]
        await turns()
        working = [*server.working]
        server.answer.set()
        server.end.set()
        await asyncio.wait_for(asyncio.gather(first, second), 5)
        return working

    assert asyncio.run(run()) == [*[PAGE] * PEOPLE_REQUESTS, *[HEARTBEAT] * TASK_REQUESTS, *checks]


def test_a_stream_holds_no_place(module: "ModuleType") -> None:
    """A request gives back its place when its response starts."""

    async def run() -> int:
        server = Server(module)
        for _ in range(PEOPLE_REQUESTS):
            server.ask()
        await turns()
        server.answer.set()
        await turns()
        server.answer.clear()
        for _ in range(PEOPLE_REQUESTS):
            server.ask()
        await turns()
        return len(server.working)

    assert asyncio.run(run()) == 2 * PEOPLE_REQUESTS


def test_a_client_that_sends_slowly_holds_no_place(module: "ModuleType") -> None:
    """A request takes its place only after its body has arrived, and the application gets the whole body."""

    async def run() -> tuple[int, list[bytes]]:
        server = Server(module)
        part = {"type": "http.request", "body": b"a", "more_body": True}
        slow = [server.ask(PAGE, part) for _ in range(PEOPLE_REQUESTS + 1)]
        await turns()
        working = len(server.working)
        server.answer.set()
        server.end.set()
        await asyncio.wait_for(server.ask(PAGE, part, part, BODY | {"body": b"b"}), 5)
        for each in slow:
            each.cancel()
        return working, server.bodies

    assert asyncio.run(run()) == (0, [b"aab"])


def test_a_large_body_is_not_kept(module: "ModuleType") -> None:
    """A large body is not buffered, and the application gets the whole body."""

    async def run() -> tuple[list[str], list[int]]:
        server = Server(module)
        server.answer.set()
        server.end.set()
        part = {"type": "http.request", "body": b"a" * module.BUFFERED_BYTES, "more_body": True}
        endless = server.ask(PAGE, part, part)
        await turns()
        begun = [*server.working]
        endless.cancel()
        await asyncio.wait_for(server.ask(PAGE, part, part, part, BODY), 5)
        return begun, [len(each) // module.BUFFERED_BYTES for each in server.bodies]

    assert asyncio.run(run()) == ([PAGE], [3])


@pytest.mark.parametrize("gone", [(BODY, GONE), (GONE,)], ids=["while it waits", "before"])
def test_a_request_whose_client_has_gone_is_dropped(module: "ModuleType", gone: tuple[dict[str, Any], ...]) -> None:
    """A waiting request whose client has gone is dropped without taking a place."""

    async def run() -> int:
        server = Server(module)
        asked = [server.ask() for _ in range(PEOPLE_REQUESTS)]
        await turns()
        await asyncio.wait_for(asyncio.gather(*(server.ask(PAGE, *gone) for _ in range(50))), 5)
        asked += [server.ask() for _ in range(PEOPLE_REQUESTS)]
        server.answer.set()
        server.end.set()
        await asyncio.wait_for(asyncio.gather(*asked), 5)
        return len(server.working)

    assert asyncio.run(run()) == 2 * PEOPLE_REQUESTS


def test_a_request_that_is_cancelled_gives_its_place_back(module: "ModuleType") -> None:
    """A cancelled request gives back its place, whether it works or still waits."""

    async def run() -> int:
        server = Server(module)
        for cancelled in [[server.ask() for _ in range(3 * PEOPLE_REQUESTS)] for _ in range(2)]:
            await turns()
            for each in cancelled:
                each.cancel()
            await asyncio.gather(*cancelled, return_exceptions=True)
        server.working.clear()
        for _ in range(3 * PEOPLE_REQUESTS):
            server.ask()
        await turns()
        return len(server.working)

    assert asyncio.run(run()) == PEOPLE_REQUESTS
