"""Change the bundle of a stack while it works, and break what it needs for that."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from uuid import uuid4

from airflow_on_fargate.local.aws.faults import S3
from airflow_on_fargate.local.programs import AWS
from benchmarks.dag_bundles.pusher import Pusher
from benchmarks.reliability.breaking import AWAY_SEC, fails, kill
from benchmarks.reliability.stack import Stack, wait_for
from constructs_lib.settings.processes import DAG_PROCESSOR, WORKER
from constructs_lib.shared.bad_input import BadInputError

DAG = "faults"
DELETED_SEC = 30
MEGABYTE = 1_000_000
PARTS = 4
"""The files of a large version: one has at most 100 MiB."""
COMMAND = [sys.executable, "-m", "airflow_on_fargate", "dags", "push", "--stage", "dev", "--local", "--no-wait"]


def file(stack: Stack) -> Path:
    """Return the file with the DAG of the matrix."""
    return next(each for each in stack.dags.rglob("*.py") if f'dag_id="{DAG}"' in each.read_text())


def edit(stack: Stack) -> None:
    """Make the DAG's file another one."""
    with file(stack).open("a") as opened:
        opened.write(f"# {uuid4()}\n")


def push(stack: Stack) -> None:
    """Push a version in which the DAG's file has changed, and wait until the DAG has it."""
    edit(stack)
    version = Pusher(stack.state).push("edited").version
    wait_until_current(stack, version)


def wait_until_current(stack: Stack, version: str) -> None:
    """Wait until new runs of the DAG have this version."""
    statement = "SELECT bundle_version FROM dag WHERE dag_id = %s"
    wait_for(lambda: stack.sql(statement, DAG) == [(version,)], f"{DAG} to have the version {version}")


def push_and_kill_worker(stack: Stack) -> None:
    """Let the worker that has the old version be another one when it is needed."""
    push(stack)
    kill(stack, container=WORKER.name)


def s3_target(stack: Stack, method: str = "GET", name: str = "") -> str:
    """Return the target of a fault: requests for the objects of the bundle whose key has *name* behind its folder."""
    pusher = Pusher(stack.state)
    return f"{S3}{method} /{pusher.bucket}/{pusher.keys.folder}{name}"


def _s3_fails(stack: Stack) -> dict[str, object]:
    return {"target": s3_target(stack), "error": "ServiceUnavailable", "status": 503}


def push_and_lose_s3(stack: Stack) -> None:
    """Take S3 away before the dag-processor has read the new version."""
    edit(stack)
    version = Pusher(stack.state).push("edited").version
    with fails(stack.state.aws_fault, _s3_fails(stack)):
        time.sleep(AWAY_SEC)
    wait_until_current(stack, version)


@contextmanager
def s3_away_for_new_version(stack: Stack) -> Iterator[None]:
    """Let the DAG have a version that the worker does not have, and S3 be away when its tasks start."""
    push(stack)
    with fails(stack.state.aws_fault, _s3_fails(stack)):
        timer = threading.Timer(AWAY_SEC, stack.state.aws_fault.unlink, kwargs={"missing_ok": True})
        timer.start()
        yield
        timer.join()


def not_refused(stack: Stack) -> str:
    """Return a problem if no process has asked S3 meanwhile."""
    return "" if f"refused: {s3_target(stack)}" in stack.log_of(AWS) else "no process has asked S3 while it was away"


def _start_push(stack: Stack) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        COMMAND, cwd=stack.state.folder.parent, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def kill_push(stack: Stack) -> None:
    """
    Kill a push that has uploaded its files and waits for S3 to take the manifest, then push again.

    The local S3 takes the manifest later; it would also take a pointer that was sent before.

    Raises:
        RuntimeError: the killed push is visible.

    """
    before = Pusher(stack.state).version
    edit(stack)
    with fails(stack.state.aws_fault, {"target": s3_target(stack, "PUT", "versions/"), "silent": True}):
        pushing = _start_push(stack)
        wait_for(lambda: "waits: " in stack.log_of(AWS), "the push to switch")
        pushing.kill()
        pushing.wait()
        time.sleep(5)
        if stack.sql("SELECT bundle_version FROM dag WHERE dag_id = %s", DAG) != [(before,)]:
            msg = "the killed push is visible"
            raise RuntimeError(msg)
    push(stack)


def _are_waiting(stack: Stack, count: int) -> bool:
    return stack.log_of(AWS).count("waits: ") >= count


def push_twice_at_once(stack: Stack) -> None:
    """
    Let two pushes switch at the same moment.

    Raises:
        RuntimeError: not exactly one of them succeeds.

    """
    target, pushes = s3_target(stack, "PUT", "current.json"), []
    with ThreadPoolExecutor() as pool, fails(stack.state.aws_fault, {"target": target, "silent": True}):
        for number in (1, 2):
            edit(stack)
            pushes.append(pool.submit(Pusher(stack.state).push, "at once"))
            wait_for(partial(_are_waiting, stack, number), "a push to switch")
    errors = [each.exception() for each in pushes]
    if [isinstance(each, BadInputError) for each in errors].count(True) != 1 or errors.count(None) != 1:
        msg = f"two pushes at once ended with {errors}"
        raise RuntimeError(msg)
    wait_until_current(stack, Pusher(stack.state).version)


def push_import_error(stack: Stack) -> None:
    """Push a version that Airflow cannot import, wait for the report, and undo it."""
    pusher = Pusher(stack.state)
    before, text = pusher.version, file(stack).read_text()
    path = file(stack)
    path.write_text(f"{text}\n(\n")
    try:
        pusher.push("broken")
        wait_for(lambda: stack.sql("SELECT 1 FROM import_error"), "the import error")
    finally:
        path.write_text(text)
    pusher.roll_back(before)
    wait_for(lambda: not stack.sql("SELECT 1 FROM import_error"), "the import error to be gone")
    push(stack)


def remove_version(stack: Stack) -> None:
    """Push a version, and remove the objects of the one before, which the active run has."""
    pusher = Pusher(stack.state)
    before = pusher.version
    push(stack)
    pusher.remove(before)
    time.sleep(5)


def push_with_skew(stack: Stack, *, seconds: float) -> None:
    """Push with a clock that is *seconds* ahead, which the times of the files and of the manifest have."""
    edit(stack)
    pusher = Pusher(stack.state)
    version = pusher.push("skewed", skew_sec=seconds).version
    wait_until_current(stack, version)


def push_large(stack: Stack, *, megabytes: int) -> None:
    """Push a version with *megabytes* of data that cannot be compressed, use it, and push one without."""
    folder = stack.dags
    files = [folder / f"large_{number}.bin" for number in range(PARTS)]
    for each in files:
        with Path("/dev/urandom").open("rb") as source, each.open("wb") as target:
            for _ in range(megabytes // PARTS):
                target.write(source.read(MEGABYTE))
    try:
        push(stack)
    finally:
        for each in files:
            each.unlink()


def delete_file(stack: Stack) -> None:
    """Push a version without the DAG's file, and restore it; Airflow starts no tasks of a DAG that has no file."""
    pusher, path = Pusher(stack.state), file(stack)
    before, text = pusher.version, path.read_text()
    path.unlink()
    try:
        pusher.push("deleted")
        wait_for(
            lambda: stack.sql("SELECT is_stale FROM dag WHERE dag_id = %s", DAG) == [(True,)], f"{DAG} to be stale"
        )
        time.sleep(DELETED_SEC)
    finally:
        path.write_text(text)
    pusher.roll_back(before)
    wait_for(lambda: stack.sql("SELECT is_stale FROM dag WHERE dag_id = %s", DAG) == [(False,)], f"{DAG} to be back")


def push_and_kill_processor(stack: Stack) -> None:
    """Kill the dag-processor when it has seen the new version."""
    edit(stack)
    version = Pusher(stack.state).push("edited").version
    with suppress(TimeoutError):
        seen = "SELECT 1 FROM dag_bundle WHERE version = %s"
        wait_for(lambda: stack.sql(seen, version), "the dag-processor to see the version", limit_sec=10)
    kill(stack, container=DAG_PROCESSOR.name)
    wait_until_current(stack, version)
