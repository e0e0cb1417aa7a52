"""
Parse the DAG files of a folder as the stage's dag-processor does: each in a process of its own.

`checks.py` starts this program with the environment of the dag-processor. It prints a line of JSON with the number of
files, then one for each file. What DAG files print goes to standard error.
"""

import json
import multiprocessing
import os
import sys
from collections import deque
from collections.abc import Iterator
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from airflow.dag_processing.dagbag import BundleDagBag
from airflow.dag_processing.importers import get_importer_registry
from airflow.serialization.serialized_objects import DagSerialization
from airflow_fargate.fargate_task_operator import FargateTaskOperator
from airflow_fargate.preload import preload

TIMEOUT_SEC = 120
"""More than Airflow's own limit for a DAG file ([core] dagbag_import_timeout), for code that ignores it."""


def main(folder: Path, bundle: str, parallel: int) -> None:
    """Parse the DAG files of *folder*, the `dags/` of *bundle*, *parallel* at a time."""
    output = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    files = sorted(get_importer_registry().list_dag_files(str(folder)))
    print(json.dumps({"files": len(files)}), file=output, flush=True)
    preload()
    for result in _results(files, folder, bundle, parallel):
        print(json.dumps(result), file=output, flush=True)


def _results(files: list[str], folder: Path, bundle: str, parallel: int) -> Iterator[dict[str, Any]]:
    context = multiprocessing.get_context("fork")
    waiting = deque(files)
    running: dict[Connection, tuple[Any, str]] = {}
    while waiting or running:
        while waiting and len(running) < parallel:
            receiver, sender = context.Pipe(duplex=False)
            file = waiting.popleft()
            process = context.Process(target=_parse, args=(file, folder, bundle, sender))
            process.start()
            # The other end is only in the child now, so that its death is the end of the pipe.
            sender.close()
            running[receiver] = process, file
        ready = set(wait(running, timeout=TIMEOUT_SEC))
        for each in [each for each in running if each in ready or not ready]:
            process, file = running.pop(each)
            if not ready:
                process.kill()
            yield _result(each, process, Path(file).relative_to(folder).as_posix())


def _result(receiver: Connection, process: Any, path: str) -> dict[str, Any]:  # noqa: ANN401 has no public name
    try:
        found = json.loads(receiver.recv_bytes())
    except (EOFError, ValueError):
        process.join()
        error = f"its process ended with exit code {process.exitcode} before the file was parsed"
        found = {"dags": {}, "errors": [error]}
    receiver.close()
    process.join()
    return {"file": path, **found}


def _parse(file: str, folder: Path, bundle: str, sender: Connection) -> None:
    """Send the DAGs of *file*, each with its folders of `tasks/`, and the errors."""
    bag = BundleDagBag(dag_folder=file, bundle_path=folder, bundle_name=bundle, load_op_links=False)
    errors = list(bag.import_errors.values())
    dags = {}
    for dag in bag.dags.values():
        try:
            DagSerialization.to_dict(dag)
        except Exception as error:  # noqa: BLE001 as the dag-processor: whatever a DAG has in it
            errors.append(f"{type(error).__name__}: DAG {dag.dag_id!r} cannot be serialized: {error}")
        folders = (each.container_name for each in dag.tasks if isinstance(each, FargateTaskOperator))
        dags[dag.dag_id] = sorted({str(each) for each in folders})
    sender.send_bytes(json.dumps({"dags": dags, "errors": errors}).encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
