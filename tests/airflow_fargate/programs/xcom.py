"""The XCom backend, with S3's endpoint in the variables."""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from airflow.providers.common.io.xcom.backend import XComObjectStorageBackend
from airflow.sdk.execution_time.xcom import XCom
from airflow_fargate import xcom

NAMES = {"key": "return_value", "dag_id": "d", "task_id": "a/b", "run_id": "manual__2026-01-02T03:04:05+00:00"}


def push(value: object) -> Any:  # noqa: ANN401 any JSON
    """Return what the database keeps of a *value*."""
    return XCom.serialize_value(value, **NAMES)


def pull(stored: object) -> Any:  # noqa: ANN401 as above
    """Return the value of what the database keeps."""
    return XCom.deserialize_value(SimpleNamespace(value=stored))


def purge(stored: object) -> None:
    """Delete it."""
    XCom.purge(SimpleNamespace(value=stored))


def fault(call: Any, *arguments: object) -> list[str]:  # noqa: ANN401 any function
    """Return the class and the text of the error that the *call* raises."""
    try:
        call(*arguments)
    except Exception as error:  # noqa: BLE001 any error is shown
        return [type(error).__name__, str(error)]
    return []


def pushed_and_pulled(size: int) -> dict[str, Any]:
    """Push and pull values smaller and larger than *size* in a process that has a worker's variables."""
    found: dict[str, Any] = {"small": push("x" * (size - 3)), "s3fs for a small one": "s3fs" in sys.modules}
    found["large"] = push("x" * (size - 2))
    typed = {"times": [(datetime(2026, 1, 2, tzinfo=UTC), {1, 2})], "text": "ü" * size}
    found["same types"] = pull(push(typed)) == typed
    found["large again"] = pull(found["large"]) == "x" * (size - 2)
    found["a path of others"] = pull("s3://elsewhere/xcom/a")

    purged = push("y" * size)
    purge(purged)
    purge(purged)
    purge(found["small"])
    found["gone"] = fault(pull, purged)
    xcom.MAXIMUM_BYTES = 2 * size
    found["too large"] = fault(push, "z" * 2 * size)
    return found


def pulled_in_a_loop(size: int) -> bool:
    """Return whether a value larger than *size* is pushed and pulled where an event loop runs."""

    async def in_a_loop() -> object:
        return pull(push([1] * size))

    return asyncio.run(in_a_loop()) == [1] * size


def in_a_folder(size: int) -> dict[str, Any]:
    """Push, pull and purge a value larger than *size* in a folder; return what is logged of a failing purge."""
    stored = push([1] * size)
    file = Path(str(stored).removeprefix("file://"))
    found: dict[str, Any] = {"pulled": pull(stored) == [1] * size, "is a file": file.is_file()}
    purge(stored)
    found["is deleted"] = not file.exists()
    file.mkdir()
    with patch.object(xcom.log, "warning") as warning:
        purge(stored)
    found["warning"] = warning.call_args.args[0] % warning.call_args.args[1:]
    return found


def airflows_own(size: int) -> dict[str, Any]:
    """Return what Airflow's own backend does with the same values."""
    typed = {"times": [(1, 2)], "text": "x" * size}
    names: dict[str, Any] = {"key": "return_value", "dag_id": "d", "task_id": "t", "run_id": "r"}
    stored = XComObjectStorageBackend.serialize_value(typed, **names)
    result: Any = SimpleNamespace(value=stored)
    found = {"same types": XComObjectStorageBackend.deserialize_value(result) == typed}
    XComObjectStorageBackend.purge(result)
    return {**found, "gone": XComObjectStorageBackend.deserialize_value(result) == stored}
