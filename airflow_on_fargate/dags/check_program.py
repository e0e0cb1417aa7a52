"""
Parse the DAG files of a folder as the stage's dag-processor does.

`checks.py` starts this program with the environment of the dag-processor. It prints a line of JSON with the number of
files, then one for each file, and then one about all files together. What DAG files print goes to standard error.
"""

import json
import multiprocessing
import os
import sys
from collections import deque
from collections.abc import Iterator, Mapping
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from airflow.configuration import conf
from airflow.dag_processing.dagbag import BundleDagBag
from airflow.dag_processing.importers import get_importer_registry
from airflow.sdk.definitions.mappedoperator import MappedOperator
from airflow.serialization.serialized_objects import DagSerialization
from airflow_fargate.dag_processor.affected_files import AffectedFiles
from airflow_fargate.fargate_task_operator import FargateTaskOperator
from airflow_fargate.preload import preload

from constructs_lib.shared.dag_version import DAGS

FILES = 20
"""The maximum number of files that one process parses: to start one takes as long as to parse three."""


def main(folder: Path, bundle: str, parallel: int, version: Path) -> None:
    """
    Parse the DAG files of *folder*, the `dags/` of *bundle*, *parallel* at a time.

    The file *version* has the hashes of its files, and the paths that differ from the current version.
    """
    output = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    safe_mode = conf.getboolean("core", "dag_discovery_safe_mode")
    files = sorted(get_importer_registry().list_dag_files(str(folder), safe_mode))
    print(json.dumps({"files": len(files)}), file=output, flush=True)
    preload()
    for result in _results(files, folder, bundle, parallel):
        print(json.dumps(result), file=output, flush=True)
    print(json.dumps(_about(files, folder, json.loads(version.read_bytes()))), file=output, flush=True)


def _about(files: list[str], folder: Path, version: dict[str, Any]) -> dict[str, list[str]]:
    """
    Return the files that the dag-processor parses at once after the switch, and those that nothing parses or imports.

    Of the latter only those that may be meant as DAG files: with the word dag, or with a module that has it.
    """
    paths, changed = version["files"], set(version["changed"])
    sources = AffectedFiles()
    sources.load(paths, lambda path: (folder.parent / path).read_bytes())
    all_files, parsed = (
        {path for each in found if (path := f"{DAGS}/{Path(each).relative_to(folder).as_posix()}") in paths}
        for found in (get_importer_registry().list_dag_files(str(folder), safe_mode=False), files)
    )
    others = {path for path in all_files - parsed if path.endswith(".py")}
    named = {path for path in others if b"dag" in (folder.parent / path).read_bytes().lower()}
    meant = named | sources.affected_by(parsed, paths, paths)
    return {
        "affected": sorted(sources.affected_by(changed, paths, {*paths, *changed})),
        "unused": sorted(meant & others & sources.unused(paths)),
    }


def _results(files: list[str], folder: Path, bundle: str, parallel: int) -> Iterator[dict[str, Any]]:
    context = multiprocessing.get_context("fork")
    waiting = deque(_parts(files))
    running: dict[Connection, tuple[Any, deque[str]]] = {}
    while waiting or running:
        while waiting and len(running) < parallel:
            receiver, sender = context.Pipe(duplex=False)
            part = waiting.popleft()
            process = context.Process(target=_parse_all, args=(list(part), folder, bundle, sender))
            process.start()
            # Only the child still holds this end, so the pipe closes when the child ends.
            sender.close()
            running[receiver] = process, part
        for receiver in [each for each in wait(running) if isinstance(each, Connection)]:
            process, part = running[receiver]
            try:
                found = json.loads(receiver.recv_bytes())
            except (EOFError, ValueError):
                process.join()
                found = {"dags": {}, "errors": [f"its process ended with exit code {process.exitcode} meanwhile"]}
                # The others of its part are parsed by another process.
                rest = list(part)[1:]
                waiting.extend([deque(rest)] if rest else [])
                part = deque([part[0]])
            yield {"file": Path(part.popleft()).relative_to(folder).as_posix(), **found}
            if not part:
                del running[receiver]
                receiver.close()
                process.join()


def _parts(files: list[str]) -> Iterator[deque[str]]:
    """Yield the files of each process; a zip archive is alone, because Python keeps the modules of it."""
    modules = [each for each in files if not each.endswith(".zip")]
    yield from (deque(modules[start : start + FILES]) for start in range(0, len(modules), FILES))
    yield from (deque([each]) for each in files if each.endswith(".zip"))


def _parse_all(files: list[str], folder: Path, bundle: str, sender: Connection) -> None:
    """Parse *files* one after the other, each with the modules and paths of a new process, as far as *folder* goes."""
    modules, paths = set(sys.modules), list(sys.path)
    for file in files:
        sender.send_bytes(json.dumps(_parse(file, folder, bundle)).encode())
        sys.path[:] = paths
        for name in sys.modules.keys() - modules:
            if str(getattr(sys.modules[name], "__file__", None) or "").startswith(f"{folder}/"):
                del sys.modules[name]


def _parse(file: str, folder: Path, bundle: str) -> dict[str, Any]:
    """Return the DAGs of *file*, each with its folders of `tasks/`, and the errors."""
    bag = BundleDagBag(dag_folder=file, bundle_path=folder, bundle_name=bundle, load_op_links=False)
    errors = list(bag.import_errors.values())
    dags = {}
    for dag in bag.dags.values():
        try:
            DagSerialization.to_dict(dag)
        except Exception as error:  # noqa: BLE001 as the dag-processor: whatever a DAG has in it
            errors.append(f"{type(error).__name__}: DAG {dag.dag_id!r} cannot be serialized: {error}")
        dags[dag.dag_id] = sorted({folder for task in dag.tasks for folder in _folders(task)})
    return {"dags": dags, "errors": errors}


def _folders(task: Any) -> Iterator[str]:  # noqa: ANN401 an operator of any kind
    """Yield the folders of `tasks/` that *task* starts; of a mapped one those that are known before a run."""
    if isinstance(task, FargateTaskOperator):
        yield str(task.container_name)
    elif isinstance(task, MappedOperator) and issubclass(task.operator_class, FargateTaskOperator):
        expansion = task.expand_input.value
        # `expand` has a list for each argument, `expand_kwargs` the arguments of each task. A result is known later.
        listed = expansion if isinstance(expansion, list | tuple) else [expansion]
        for arguments in (task.partial_kwargs, *(each for each in listed if isinstance(each, Mapping))):
            value = arguments.get("task")
            yield from (
                each for each in (value if isinstance(value, list | tuple) else [value]) if isinstance(each, str)
            )


main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]))
