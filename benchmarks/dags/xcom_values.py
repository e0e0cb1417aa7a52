"""XCom values: small ones, large ones pushed by name, and large ones that one task returns and the next takes."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from airflow.sdk import BaseXCom, dag, get_current_context, task
from airflow_fargate.xcom import XCom

START = datetime(2025, 1, 1, tzinfo=UTC)
SMALL = 300
BACKENDS = {"S3": XCom, "database": BaseXCom}


def coordinates(task_id: str) -> dict[str, Any]:
    """Return the identifiers of the run's XComs."""
    run = get_current_context()["dag_run"]
    return {"dag_id": run.dag_id, "run_id": run.run_id, "task_id": task_id}


def note(what: dict[str, float]) -> None:
    """Write a figure to the file that the benchmark reads."""
    Path(get_current_context()["params"]["file"]).write_text(json.dumps(what))


@dag(dag_id="xcom_small", schedule=None, start_date=START, params={"file": "/dev/null"})
def small() -> None:
    """Push and pull values of a kilobyte with both backends in turn."""

    @task
    def push_and_pull() -> None:
        taken: dict[str, list[float]] = {name: [] for name in BACKENDS}
        where = coordinates("push_and_pull")
        for number in range(SMALL):
            for name, backend in BACKENDS.items():
                begin = time.perf_counter()
                backend.set(key=f"{name}_{number}", value="x" * 1000, **where)
                backend.get_one(key=f"{name}_{number}", **where)
                taken[name].append(time.perf_counter() - begin)
        note({name: median(seconds) * 1000 for name, seconds in taken.items()})

    push_and_pull()


@dag(
    dag_id="xcom_large",
    schedule=None,
    start_date=START,
    params={"file": "/dev/null", "megabytes": 1, "backend": "S3"},
)
def large() -> None:
    """Push and pull one value."""

    @task
    def push_and_pull() -> None:
        params = get_current_context()["params"]
        backend, size = BACKENDS[params["backend"]], params["megabytes"] * 10**6
        where = coordinates("push_and_pull")
        begin = time.perf_counter()
        backend.set(key="value", value="x" * size, **where)
        pushed = time.perf_counter()
        if len(backend.get_one(key="value", **where) or "") != size:
            msg = "the value has changed"
            raise ValueError(msg)
        note({"push": pushed - begin, "pull": time.perf_counter() - pushed})

    push_and_pull()


@dag(dag_id="xcom_returned", schedule=None, start_date=START, params={"file": "/dev/null", "megabytes": 1})
def returned() -> None:
    """Return a value from one task, and pass it to the next."""

    @task
    def value() -> str:
        return "x" * (int(get_current_context()["params"]["megabytes"]) * 10**6)

    @task
    def take(value: str) -> None:
        note({"characters": len(value)})

    reference: Any = value()  # which Airflow replaces by the value
    take(reference)


small()
large()
returned()
