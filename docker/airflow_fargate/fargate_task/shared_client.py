"""AWS clients that all triggers of a triggerer share."""

import asyncio
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow.providers.amazon.aws.hooks.base_aws import AwsGenericHook

MAX_POOL_CONNECTIONS = 50
"""Five times botocore's default, because hundreds of triggers share the client."""


class _Opened:
    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.users = 0
        self.client: Any = None
        self.until_last = AsyncExitStack()


_opened: dict[Hashable, _Opened] = {}


@asynccontextmanager
async def shared_client(
    hook: "Callable[..., AwsGenericHook[Any]]", config: dict[str, Any] | None, **arguments: Hashable
) -> AsyncIterator[Any]:
    """
    Yield the asynchronous client of a *hook* with *arguments* and botocore's *config*; all callers share it.

    The first caller creates it, and the last one closes it. A new client reads the certificates of all authorities and
    opens a connection. That takes 30 ms of CPU, far more than the rest of a trigger.
    """
    key = (asyncio.get_running_loop(), hook, repr(config), *sorted(arguments.items()))
    opened = _opened.setdefault(key, _Opened())
    opened.users += 1
    try:
        async with opened.lock:
            if opened.client is None:
                wide = {**(config or {}), "max_pool_connections": MAX_POOL_CONNECTIONS}
                made: Any = hook(config=wide, **arguments)
                making = await made.get_async_conn()
                opened.client = await opened.until_last.enter_async_context(making)
            client = opened.client
        yield client
    finally:
        opened.users -= 1
        if not opened.users:
            # Removed first, so that no trigger gets it while it closes.
            del _opened[key]
            await opened.until_last.aclose()
