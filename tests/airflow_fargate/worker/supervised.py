"""
Run tasks of supervised_dag.py as on a worker that is being stopped, and print the requests to the api-server.

`python supervised.py`; run by test_hand_back.py. The supervisor and the task's process are the real ones; a function
answers as the api-server.
"""

import importlib
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psutil
from airflow.executors import workloads
from airflow.sdk import timezone
from airflow.sdk.api.client import Client
from airflow.sdk.execution_time import supervisor
from airflow.sdk.execution_time.supervisor import ActivitySubprocess
from airflow_fargate import hand_back
from airflow_fargate.preload import preload
from airflow_fargate.worker import stop_time
from coverage import Coverage

NOTES = Path(os.environ["NOTES"])
FILE = Path(__file__).with_name("supervised_dag.py")
TASKS = (
    "runs",
    "does_not_let_go",
    "fails_to_let_go",
    "attaches_again",
    "starts_a_program",
    "has_succeeded",
    "has_failed",
    "reports_slowly",
    "waits_for_another_run",
)
NOW = timezone.utcnow().isoformat()
DAG_RUN: dict[str, object] = {
    "dag_id": "supervised",
    "run_id": "r",
    "logical_date": NOW,
    "start_date": NOW,
    "run_type": "manual",
    "run_after": NOW,
    "consumed_asset_events": [],
    "data_interval_start": None,
    "data_interval_end": None,
    "end_date": None,
    "state": "running",
    "partition_key": None,
}


class ApiServer:
    """What the supervisor asks, and the states that it reports."""

    def __init__(self, *, start: int = 200, refuses: str = "") -> None:
        self.states: list[str] = []
        self._start = start
        self._refuses = refuses

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        path, body = request.url.path, json.loads(request.content or b"null")
        if path.endswith("/run"):
            context = {"dag_run": DAG_RUN, "max_tries": 0, "should_retry": False}
            return httpx.Response(self._start, json=context, request=request)
        if path.endswith("/state") and request.method == "PATCH":
            self.states.append(body["state"])
            if body["state"] == self._refuses:
                return httpx.Response(500, json={"detail": "no database"}, request=request)
        if path.startswith("/dag-runs/") and request.method == "POST":
            (NOTES / "begun").touch()
        if path.startswith("/dag-runs/") and request.method == "GET":
            return httpx.Response(200, json={"state": "running"})
        return httpx.Response(200 if request.method == "GET" else 204, json={"message": "done"}, request=request)

    def client(self) -> Client:
        """Return Airflow's client of it."""
        return Client(base_url="http://api-server", token="", transport=httpx.MockTransport(self))


def task_instance(task_id: str) -> workloads.TaskInstance:
    """Return the task instance of a message."""
    return workloads.TaskInstance(
        id=uuid4(),
        dag_version_id=uuid4(),
        task_id=task_id,
        dag_id="supervised",
        run_id="r",
        try_number=1,
        map_index=-1,
        pool_slots=1,
        queue="default",
        priority_weight=1,
    )


def run(server: ApiServer, task_id: str) -> Any:  # noqa: ANN401 Airflow's result
    """Run a task as a worker does."""
    return hand_back.Coordinator().execute_task(
        what=task_instance(task_id),
        dag_rel_path=FILE.name,
        bundle_info=workloads.BundleInfo(name="dags-folder", version=None),
        client=server.client(),
        subprocess_logs_to_stdout=False,
    )


def stop_when_begun() -> None:
    """End the worker's stop time as soon as the task has started."""
    while not (NOTES / "begun").exists():
        time.sleep(0.01)
    stop_time.set_from_now()


def program_runs() -> bool:
    """Whether the program that the task has started still runs; a killed one may need a moment to end."""
    limit = time.monotonic() + 5
    try:
        process = psutil.Process(int((NOTES / "program").read_text()))
        while process.status() != psutil.STATUS_ZOMBIE:
            if time.monotonic() > limit:
                return True
            time.sleep(0.01)
    except (FileNotFoundError, psutil.NoSuchProcess):
        pass
    return False


def save_measurement(event: str, arguments: tuple[Any, ...]) -> None:
    """Save what coverage has measured before a process ends itself by a signal, for which coverage has no patch."""
    if event == "os.kill" and arguments[0] == os.getpid() and (measured := Coverage.current()):
        measured.save()


def supervised(task_id: str, *, refuses: str = "") -> Mapping[str, Any]:
    """Return the result of a task whose worker is being stopped; the api-server *refuses* a state."""
    for each in NOTES.iterdir():
        each.unlink()
    importlib.reload(stop_time)
    threading.Thread(target=stop_when_begun, daemon=True).start()
    server = ApiServer(refuses=refuses)
    began = time.monotonic()
    result = run(server, task_id)
    seconds = time.monotonic() - began
    return {
        "reported": server.states,
        "final": result.final_state,
        "on_kill": len((NOTES / "on_kill").read_text()) if (NOTES / "on_kill").exists() else 0,
        "program": program_runs(),
        "seconds": seconds,
    }


def refused(status: int) -> str:
    """Return the error when the api-server does not let the task start."""
    try:
        run(ApiServer(start=status), "runs")
    except Exception as error:  # noqa: BLE001 that is the question
        return type(error).__name__
    return ""


def ends_late() -> None:
    """Close what the supervisor listens to, and end a little later, as a task's process may."""
    os.closerange(0, 256)
    time.sleep(0.3)
    os._exit(0)


def noticed_after(kind: Callable[..., Any]) -> float:
    """Return the seconds until a supervisor notices the end of a process with closed sockets."""
    importlib.reload(stop_time)
    process = kind(
        what=task_instance("runs"),
        dag_rel_path=FILE.name,
        bundle_info=workloads.BundleInfo(name="dags-folder", version=None),
        client=ApiServer().client(),
        target=ends_late,
    )
    began = time.monotonic()
    process.wait()
    return time.monotonic() - began


if __name__ == "__main__":
    # The forked processes inherit it.
    sys.addaudithook(save_measurement)
    preload()
    found = {
        "tasks": {task: supervised(task) for task in TASKS},
        "not taken back": supervised("runs", refuses="up_for_reschedule"),
        "refused": [refused(status) for status in (403, 500)],
        "ours": noticed_after(hand_back.TaskSupervisor.start),
        "airflow": noticed_after(ActivitySubprocess.start),
        "interval": supervisor.MIN_HEARTBEAT_INTERVAL,
    }
    print(json.dumps(found))  # noqa: T201 for the test
