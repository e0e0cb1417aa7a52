"""Limit the requests that a worker of the api-server works on at a time."""

import asyncio
from collections import deque

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from constructs_lib.shared.containers import PEOPLE_REQUESTS, TASK_REQUESTS

HEALTH_CHECKS = ("/execution/health", "/api/v2/version")
"""The health checks of ECS and of the load balancer; neither uses the database."""
TASK_API = "/execution/"
BUFFERED_BYTES = 1024 * 1024


class RequestLimit:
    """
    Work on a bounded number of requests at a time, and let the others wait in the order of their arrival.

    Requests of tasks have their own places. A request holds its place until its response starts, because Airflow then
    returns the connection to the database. So a stream does not block other requests.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._people, self._tasks = asyncio.Semaphore(PEOPLE_REQUESTS), asyncio.Semaphore(TASK_REQUESTS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Work on the request when it is its turn; drop it if its client has gone meanwhile."""
        if scope["type"] != "http" or scope["path"] in HEALTH_CHECKS:
            await self._app(scope, receive, send)
            return
        body = await _body(receive)
        places = self._tasks if scope["path"].startswith(TASK_API) else self._people
        if not await _enter(places, body, receive):
            return
        held = True

        def leave() -> None:
            nonlocal held
            if held:
                held = False
                places.release()

        async def replay() -> Message:
            return body.popleft() if body else await receive()

        async def begin_and_leave(message: Message) -> None:
            leave()
            await send(message)

        try:
            await self._app(scope, replay, begin_and_leave)
        finally:
            leave()


async def _body(receive: Receive) -> deque[Message]:
    """Return the messages of the request's body, up to a limit, so that a slow client holds no place."""
    messages, size = deque[Message](), 0
    while size <= BUFFERED_BYTES:
        message = await receive()
        messages.append(message)
        size += len(message.get("body", b""))
        if not message.get("more_body"):
            break
    return messages


async def _enter(places: asyncio.Semaphore, body: deque[Message], receive: Receive) -> bool:
    """Wait for a place; return False if the client leaves first."""
    if body[-1]["type"] == "http.disconnect":
        return False
    if not places.locked() or body[-1]["more_body"]:
        return await places.acquire()
    place, gone = asyncio.ensure_future(places.acquire()), asyncio.ensure_future(receive())
    try:
        await asyncio.wait((place, gone), return_when=asyncio.FIRST_COMPLETED)
        entered = place.done() and not gone.done()
    except asyncio.CancelledError:
        entered = False
        raise
    finally:
        gone.cancel()
        if not entered and not place.cancel():
            places.release()
    return entered
