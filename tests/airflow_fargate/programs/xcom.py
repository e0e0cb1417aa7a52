"""The XCom backend, with S3's endpoint in the variables."""

import asyncio
import sys
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from airflow.providers.common.io.xcom.backend import XComObjectStorageBackend
from airflow.sdk.execution_time.xcom import XCom
from airflow_fargate import xcom


def pushed_and_pulled() -> dict[str, Any]:
    """Push and pull values in a process that has a worker's variables; return the results."""
    size = xcom._threshold()
    names = {"key": "return_value", "dag_id": "d", "task_id": "a/b", "run_id": "manual__2026-01-02T03:04:05+00:00"}

    def push(value: object) -> Any:  # noqa: ANN401 any JSON
        return XCom.serialize_value(value, **names)

    def pull(stored: object) -> Any:  # noqa: ANN401 as above
        return XCom.deserialize_value(SimpleNamespace(value=stored))

    def fault(call: Any, *arguments: object) -> list[str]:  # noqa: ANN401 any function
        try:
            call(*arguments)
        except Exception as error:  # noqa: BLE001 any error is shown
            return [type(error).__name__, str(error)]
        return []

    found: dict[str, Any] = {"small": push("x" * (size - 3)), "s3fs for a small one": "s3fs" in sys.modules}
    found["large"] = push("x" * (size - 2))
    typed = {"times": [(datetime(2026, 1, 2, tzinfo=UTC), {1, 2})], "text": "ü" * size}
    found["same types"] = pull(push(typed)) == typed
    found["large again"] = pull(found["large"]) == "x" * (size - 2)
    found["a path of others"] = pull("s3://elsewhere/xcom/a")

    async def in_a_loop() -> object:
        return pull(push([1] * size))

    xcom._file_system.cache_clear()  # as in a process that has not used it yet
    sys.modules["airflow.sdk.io.store"]._STORE_CACHE.clear()
    found["in a loop"] = asyncio.run(in_a_loop()) == [1] * size

    purged = push("y" * size)
    XCom.purge(SimpleNamespace(value=purged))
    XCom.purge(SimpleNamespace(value=purged))
    found["gone"] = fault(pull, purged)
    xcom.MAXIMUM_BYTES = 2 * size
    found["too large"] = fault(push, "z" * 2 * size)
    return found


def airflows_own() -> dict[str, Any]:
    """Return what Airflow's own backend does with the same values."""
    size = xcom._threshold()
    typed = {"times": [(1, 2)], "text": "x" * size}
    names: dict[str, Any] = {"key": "return_value", "dag_id": "d", "task_id": "t", "run_id": "r"}
    stored = XComObjectStorageBackend.serialize_value(typed, **names)
    result: Any = SimpleNamespace(value=stored)
    found = {"same types": XComObjectStorageBackend.deserialize_value(result) == typed}
    XComObjectStorageBackend.purge(result)
    return {**found, "gone": XComObjectStorageBackend.deserialize_value(result) == stored}
