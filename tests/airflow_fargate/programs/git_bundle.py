"""Bundles in Git that a test creates and calls: a line of JSON with each call, and one with each result."""

import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pendulum
from airflow.dag_processing.bundles.base import BundleUsageTrackingManager, get_bundle_tracking_dir
from airflow_fargate.dag_bundles import git as git_module
from airflow_fargate.dag_bundles import git_remote
from airflow_fargate.dag_bundles.git import UNUSED_SEC, VersionedGitDagBundle
from airflow_fargate.dag_processor import followed_bundle
from airflow_fargate.stage import task_settings

_bundles: dict[str, VersionedGitDagBundle] = {}
_logged: list[str] = []
_followed: dict[str, followed_bundle.FollowedBundle] = {}


def create(key: str, arguments: dict[str, Any]) -> None:
    """Create the bundle *key*."""
    _bundles[key] = VersionedGitDagBundle(**arguments)


def call(key: str, method: str) -> dict[str, Any]:
    """Call a *method* of the bundle *key*; return where it is then."""
    bundle = _bundles[key]
    getattr(bundle, method)()
    version = bundle.get_current_version()
    return {"path": str(bundle.path), "version": version and version.version}


def end_pause(key: str) -> None:
    """End the pause of the bundle *key* after a failed look."""
    _bundles[key]._pause_until = 0


def pauses(key: str, count: int) -> list[int]:
    """Let *count* looks of the bundle *key* fail, and return the seconds of the pause after each."""
    found = []
    for _ in range(count):
        end_pause(key)
        _bundles[key].refresh()
        found.append(round(_bundles[key]._pause_until - time.monotonic()))
    return found


def logged() -> list[str]:
    """Return the warnings of bundles since the last call."""
    found = list(_logged)
    _logged.clear()
    return found


def call_as_task(key: str, method: str) -> dict[str, Any]:
    """Call a *method* as the process of a task does, and not as the dag-processor."""
    context = os.environ.pop("_AIRFLOW_PROCESS_CONTEXT")
    try:
        return call(key, method)
    finally:
        os.environ["_AIRFLOW_PROCESS_CONTEXT"] = context


def call_at_once(keys: list[str], method: str) -> None:
    """Call a *method* of all bundles at the same time."""
    threads = [threading.Thread(target=call, args=(key, method)) for key in keys]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def follow(key: str) -> list[str]:
    """Let a dag-processor that looks for a deployment at each turn follow the bundle *key*; return what it parses."""
    followed_bundle.DEPLOYMENT_SEC = 0
    _bundles[key].initialize()
    _followed[key] = followed_bundle.FollowedBundle(_bundles[key])
    return sorted(_followed[key].affected_by_switch(dict))


def affected_by_deployment(key: str) -> list[str]:
    """Look for a deployment, and return which files are parsed because of it."""
    return sorted(_followed[key].affected_by_deployment())


def parse(key: str, task: str) -> str:
    """Name the folder *task* as a DAG of the bundle *key* does, and return its error, or nothing."""
    sys.path.append(str(_bundles[key].path))
    try:
        task_settings(task)
    except ValueError as error:
        return str(error)
    finally:
        sys.path.pop()
    return ""


def page(key: str) -> str | None:
    """Return where the bundle *key* is shown in the browser."""
    return _bundles[key].view_url_template()


def age(key: str, version: str) -> None:
    """Let the folder of *version* be older than the dag-processor keeps one."""
    old = time.time() - UNUSED_SEC - 1
    os.utime(_bundles[key].versions_dir / version, (old, old))


def end(key: str) -> None:
    """End the process of the task with the bundle *key*."""
    del _bundles[key]


def clean(name: str) -> None:
    """Remove what no process uses of the bundle *name*, as Airflow does on a worker after some hours."""
    old = pendulum.now("UTC").subtract(days=1).isoformat()
    for file in get_bundle_tracking_dir(name).iterdir():
        file.write_text(old)
    with patch.dict(os.environ, AIRFLOW__DAG_PROCESSOR__STALE_BUNDLE_CLEANUP_MIN_VERSIONS="0"):
        BundleUsageTrackingManager()._remove_stale_bundle_versions_for_bundle(name)


def limit_packs(number: int) -> None:
    """Let a store start anew after *number* packs."""
    git_remote.MAX_PACKS = number


def limit_look(seconds: int) -> None:
    """Let a look wait *seconds* for the remote."""
    git_remote.LOOK_SEC = seconds


def set_variable(name: str, value: str) -> str:
    """Set an environment variable, or delete an empty one, and return its value before that."""
    before = os.environ.pop(name, "")
    if value:
        os.environ[name] = value
    return before


def main() -> None:
    """Read calls until the test closes the input. What Airflow logs is no result."""
    results = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for line in sys.stdin:
        function, *arguments = json.loads(line)
        try:
            result = {"result": globals()[function](*arguments)}
        except git_remote.GitRemoteError as error:
            result = {"error": str(error), "kind": type(error).__name__}
        print(json.dumps(result), file=results, flush=True)


if __name__ == "__main__":
    Path(os.environ["AIRFLOW_HOME"]).mkdir(exist_ok=True)
    # As the dag-processor's manager does.
    os.environ["_AIRFLOW_PROCESS_CONTEXT"] = "server"
    warn = git_module.log.warning

    def warn_and_note(text: str, *values: object) -> None:
        """Note a warning."""
        _logged.append(text % values)
        warn(text, *values)

    git_module.log.warning = warn_and_note  # type: ignore[method-assign,assignment] # the test reads them
    main()
