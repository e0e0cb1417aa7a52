"""
Run `airflow api-server` with bounded concurrent requests: `python -m airflow_fargate.api_server api-server`.

Airflow looks up each token in the database, on the event loop (apache/airflow#66493). A request keeps its connection
while it waits for the event loop. With as many requests as the pool has connections, all of them stop for two minutes.
So the number of requests at a time is smaller than the pool.
"""

import asyncio
import gc
import sys
from typing import TYPE_CHECKING

import httpx
from airflow import settings
from airflow.__main__ import main
from airflow.api_fastapi.gunicorn_app import AirflowGunicornApp
from starlette.routing import Mount

from airflow_fargate.api_server.request_limit import RequestLimit

if TYPE_CHECKING:
    from fastapi import FastAPI

_load = AirflowGunicornApp.load


def load(self: AirflowGunicornApp) -> "FastAPI":
    """
    Return the complete application in gunicorn's main process, which then forks the workers.

    Airflow creates the API of tasks at its first request, which takes three seconds of CPU. Otherwise each new worker
    would not answer during this time.
    """
    app: FastAPI = _load(self)
    app.add_middleware(RequestLimit)
    asyncio.run(_ask_once(app))
    # The main process no longer uses the database.
    settings.get_engine().dispose()  # type: ignore[no-untyped-call] # Airflow's own has no types
    # A garbage collection in a worker would write to each object's page, and so copy the shared memory.
    gc.collect()
    gc.freeze()
    return app


async def _ask_once(app: "FastAPI") -> None:
    [task_api] = [each.app for each in app.routes if isinstance(each, Mount) and each.path == "/execution"]
    transport = httpx.ASGITransport(task_api)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        await client.get("/unknown")


if __name__ == "__main__":
    AirflowGunicornApp.load = load  # type: ignore[method-assign]
    sys.argv[0] = "airflow"
    main()  # type: ignore[no-untyped-call] # as above
