"""
Processes with secrets, and other processes that look for them.

`python -m tests.airflow_fargate.programs.secret_isolation` hands its secrets to a program that prints `shown`.
"""

import ctypes
import json
import os
import signal
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import airflow_fargate.__main__ as entrypoint
from airflow_fargate import schema, secret_isolation

from tests.airflow_fargate.programs.process import prepare

GET_DUMPABLE = 3
"""`PR_GET_DUMPABLE` of <linux/prctl.h>."""
NOBODY = 65534


def become_isolated() -> None:
    """Hand the secrets over to `shown` of this module, in place of this process."""
    secret_isolation.hand_over()
    os.execv(sys.executable, [sys.executable, "-m", secret_isolation.MODULE, __spec__.name, "shown"])  # noqa: S606 as the entrypoint


def shown() -> list[object]:
    """Return which secrets this process has before and after it forgets them, and whether others can see them."""
    environ = Path("/proc/self/environ")
    at_start = environ.read_text() if environ.exists() else ""
    before = _names()
    secret_isolation.forget()
    hidden = sys.platform != "linux" or ctypes.CDLL(None).prctl(GET_DUMPABLE, 0, 0, 0, 0) == 0
    return [before, _names(), "hunter2" in at_start, hidden, sys.argv[1:]]


def _names() -> list[str]:
    return sorted({"DB_PASSWORD", "MINE"} & os.environ.keys())


def seen_of_hidden() -> list[str]:
    """Return which files in /proc of a hidden process another process of its user can open."""
    return _seen(hidden=True)


def seen_of_other() -> list[str]:
    """Return the same of a process that is not hidden."""
    return _seen(hidden=False)


def _seen(*, hidden: bool) -> list[str]:
    def stay(writer: int) -> None:
        if hidden:
            secret_isolation.hide()
        os.write(writer, b"ready")
        time.sleep(60)

    process, _ = _as_nobody(stay)

    def look(writer: int) -> None:
        found = []
        for each in ("environ", "maps", "mem"):
            try:
                Path(f"/proc/{process}/{each}").open("rb").close()
            except PermissionError:
                continue
            found.append(each)
        os.write(writer, json.dumps(found).encode())

    _, found = _as_nobody(look)
    os.kill(process, signal.SIGKILL)
    names: list[str] = json.loads(found)
    return names


def _as_nobody(work: Callable[[int], None]) -> tuple[int, str]:
    """Fork a process that does *work*; return its id, and what it writes first."""
    reader, writer = os.pipe()
    process = os.fork()
    if not process:
        if os.getuid() == 0:
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            # A change of the user also hides a process.
            ctypes.CDLL(None).prctl(secret_isolation.SET_DUMPABLE, 1, 0, 0, 0)
        work(writer)
        os._exit(0)
    return process, os.read(reader, 100).decode()


def refusal_of_linux() -> str:
    """Return the error when Linux does not hide this process: it is asked by a number that it does not know."""
    with patch.object(secret_isolation, "SET_DUMPABLE", 9_999):
        try:
            secret_isolation.hide()
        except OSError as error:
            return str(error)
    return ""


def is_child_of_first_process() -> bool:
    """Return whether the entrypoint of a worker continues in a child of the process that it was, number 1."""
    first = os.getpid()
    children: list[bool] = []
    with (
        patch("os.getpid", return_value=1),
        patch.object(schema, "wait_for_schema"),
        patch("os.execvp", lambda *_: children.append(os.getppid() == first)),
    ):
        entrypoint.main(["airflow", "celery"])
    return children == [True]


def handed_over(service: str) -> list[object]:
    """Return the module in which the entrypoint starts a service of Airflow, and where its secrets are."""
    found: list[object] = []

    def show(_: str, command: list[str]) -> None:
        with os.fdopen(int(os.environ["AIRFLOW_FARGATE_SECRETS_PIPE"])) as pipe:
            found.extend([command[1:3], sorted(json.load(pipe)), "DB_PASSWORD" in os.environ])

    with patch.object(schema, "wait_for_schema"), patch("os.execvp", show):
        entrypoint.main(["airflow", service])
    return found


def left_to_dag_code() -> list[object]:
    """Return the secrets in a process that Airflow forks for the code of DAGs, and whether its parent has them."""
    from airflow.sdk.execution_time.supervisor import WatchedSubprocess  # noqa: PLC0415 slow

    prepare("dag-processor")
    reader, writer = os.pipe()

    def show() -> None:
        found = sorted({"DB_PASSWORD", "AIRFLOW__CORE__FERNET_KEY"} & os.environ.keys())
        os.write(writer, json.dumps(found).encode())

    child = WatchedSubprocess.start(id=uuid.uuid4(), target=show)
    os.waitpid(child.pid, 0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        return [json.load(pipe), "DB_PASSWORD" in os.environ]


def left_to_workers() -> list[object]:
    """Return the secrets of a worker after Celery's signal before it forks, and its result backend."""
    from airflow_fargate.celery_config import CELERY_CONFIG  # noqa: PLC0415 slow
    from celery.signals import import_modules  # type: ignore[import-untyped] # noqa: PLC0415 Celery has no types

    import_modules.send(sender=None)
    left = {"AIRFLOW__API__SECRET_KEY", "AIRFLOW__CELERY__RESULT_BACKEND"} & os.environ.keys()
    return [sorted(left), CELERY_CONFIG["result_backend"]]


if __name__ == "__main__":
    if sys.argv[1:] == ["shown"]:
        print(json.dumps(shown()))  # noqa: T201 the test reads it
    else:
        become_isolated()
