"""
Run Airflow's loop of the dag-processor, or ours, with a DAG bundle in S3, and print what is stored of which version.

`python dag_processor_loop.py airflow`, or `ours`; run by test_dag_processor_loop.py. Files are parsed by Airflow's real
processes, one at a time. Airflow calls the heartbeat once in each turn of its loop, and each
heartbeat runs the next step of a script.
"""

import json
import os
import shutil
import sys
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import sqlalchemy
from airflow.callbacks.callback_requests import DagCallbackRequest, TaskCallbackRequest
from airflow.callbacks.database_callback_sink import DatabaseCallbackSink
from airflow.cli.commands import dag_processor_command
from airflow.dag_processing.manager import DagFileInfo, DagFileProcessorManager
from airflow.models import import_all_models
from airflow.models.base import Base
from airflow.models.dag import DagModel
from airflow.models.errors import ParseImportError
from airflow.settings import engine
from airflow.utils.session import create_session
from airflow_fargate.dag_bundles import s3 as s3_bundle
from airflow_fargate.dag_processor import followed_bundle
from airflow_fargate.dag_processor.manager import install

from tests.airflow_fargate.dag_bundles.dag_bucket import DagBucket

DAGS = Path(__file__).with_name("sample_dags")
SLOW, CHANGED, HELPER, ON_DEMAND = "slow.py", "z_changed.py", "helper.py", "on_demand.py"
LIMIT_SEC = 60
DEPLOYMENT_SEC = 0.3
PAUSE_SEC = 0.3
QUIET_TURNS = 1
TURNS = 5
NEW_AND_CHANGED = ("new.py", CHANGED)
RUN = sqlalchemy.text(
    "INSERT INTO dag_run (dag_id, run_id, run_type, run_after, bundle_version)"
    " VALUES ('z_changed', 'r', 'manual', now(), :version)"
)


class Stopped(Exception):  # noqa: N818 it is no error
    """The script is over."""


def sample(**texts: str) -> dict[str, str]:
    """Return the files of a version, in which *texts* replace the contents of files."""
    samples = (file for file in sorted(DAGS.glob("*.py")) if file.name not in {"__init__.py", ON_DEMAND})
    files = {f"dags/{file.name}": file.read_text() for file in samples}
    return files | {f"dags/{name}.py": text for name, text in texts.items()}


def changed(name: str, version: str) -> str:
    """Return the content of the file *name* in *version*."""
    return (DAGS / name).read_text().replace("first", version)


class Loop:
    """A dag-processor of the class *kind*, whose heartbeat runs a script."""

    def __init__(self, kind: Any, script: "Callable[[Loop], Iterator[None]]") -> None:  # noqa: ANN401 Airflow's or ours
        self.bucket = DagBucket("dags")
        self.stored: list[list[str]] = []
        """Each result in the order in which they are stored: the file, the version, and what the DAG's file says."""
        self.facts: dict[str, Any] = {}
        self.manager: Any = kind(max_runs=-1)
        self._steps = script(self)
        self._end = time.monotonic() + LIMIT_SEC

    def run(self) -> dict[str, Any]:
        """Run the loop until the script is over, and return what it has noted."""
        kind: Any = type(self.manager)
        persist = kind.persist_parsing_result
        noted = self.stored

        def persist_and_note(manager: DagFileProcessorManager, **named: Any) -> None:  # noqa: ANN401 Airflow's
            persist(manager, **named)
            named["session"].flush()
            model = named["session"].get(DagModel, Path(named["relative_fileloc"]).stem)
            noted.append(
                [named["relative_fileloc"], model.bundle_version, model.description]
                if model
                else [named["relative_fileloc"], "", ""]
            )

        kind.persist_parsing_result = persist_and_note
        self.manager.heartbeat = self._beat
        try:
            self.manager.run()
        except Stopped:
            return self.facts
        finally:
            kind.persist_parsing_result = persist
            self.manager.terminate()
            self.manager.end()
        raise AssertionError

    def _beat(self) -> None:
        assert time.monotonic() < self._end, [self.stored, self.facts]
        try:
            next(self._steps)
        except StopIteration:
            raise Stopped from None

    def files(self) -> list[str]:
        """Return the files whose results are stored."""
        return [file for file, *_ in self.stored]

    def is_parsing(self, name: str) -> bool:
        """Whether *name* is being parsed."""
        return any(str(file.rel_path) == name for file in self.manager._processors)

    def is_idle(self) -> bool:
        """Whether no file is parsed or queued."""
        return not self.manager._processors and not self.manager._file_queue


def until(done: Callable[[], object]) -> Iterator[None]:
    """Turn the loop until *done*."""
    while not done():
        yield


def switch(loop: Loop) -> Iterator[None]:
    """Change two files while one that imports one of them is parsed, and others wait."""
    first = loop.bucket.push(sample())
    yield from until(lambda: loop.manager._file_queue)
    queue = sorted(loop.manager._file_queue, key=lambda file: (file.rel_path.name != SLOW, file.rel_path))
    loop.manager._file_queue = OrderedDict.fromkeys(queue)
    yield from until(lambda: loop.is_parsing(SLOW))
    before = len(loop.stored)
    second = loop.bucket.push(
        sample(
            helper=changed(HELPER, "second"),
            z_changed=changed(CHANGED, "second"),
        )
    )
    expected = {Path(each).name for each in sample()} - {HELPER}
    yield from until(lambda: set(loop.files()) == expected and loop.is_idle())
    loop.facts["names"] = {first: "first", second: "second"}
    loop.facts["stored before"] = loop.stored[:before]
    loop.facts["stored after"] = loop.stored[before:]


def changes(loop: Loop) -> Iterator[None]:
    """Change, remove, break and deploy files, one after the other."""
    yield from switch(loop)
    files = sample(helper=changed(HELPER, "second"), z_changed=changed(CHANGED, "third"))

    def stored_after(files: dict[str, str]) -> Iterator[None]:
        loop.stored.clear()
        began = time.monotonic()
        loop.bucket.push(files)
        yield from until(lambda: loop.stored and loop.is_idle())
        loop.facts["slowest"] = max(time.monotonic() - began, loop.facts.get("slowest", 0))
        for _ in range(QUIET_TURNS):
            yield

    yield from stored_after(files)
    loop.facts["parsed for one change"] = [file for file, *_ in loop.stored]
    removed = {path: text for path, text in files.items() if path != "dags/a_first.py"}
    loop.stored.clear()
    loop.bucket.push(removed)
    yield from until(lambda: is_stale("a_first"))
    loop.facts["parsed for a removal"] = loop.files()
    yield from stored_after({**removed, f"dags/{CHANGED}": changed(CHANGED, "third") + "def ("})
    loop.facts["error"] = [error.filename for error in errors()]
    yield from stored_after(removed)
    loop.facts["error is gone"] = errors() == []
    task = {f"dags/{ON_DEMAND}": (DAGS / ON_DEMAND).read_text(), "tasks/new/task.toml": ""}
    loop.bucket.deploy("hello")
    yield from until(lambda: loop.manager._followed[0]._tasks)
    yield from stored_after(removed | task)
    loop.facts["not deployed"] = [str(error.stacktrace).strip().splitlines()[-1] for error in errors()]
    loop.stored.clear()
    loop.bucket.deploy("hello", "new")
    yield from until(lambda: loop.stored and loop.is_idle())
    loop.facts["deployed"] = [loop.files(), len(errors())]
    loop.bucket.s3.delete_object(Bucket="dags-of-tests", Key="dags/tasks.json")
    loop.facts["callbacks"] = callbacks(loop.manager)
    yield from callback_runs(loop, removed | task)


def callback_runs(loop: Loop, files: dict[str, str]) -> Iterator[None]:
    """Change a file while a callback runs in it."""
    file = DagFileInfo(rel_path=Path(CHANGED), bundle_name="dags")
    ended: list[str] = []
    running: Any = SimpleNamespace(
        had_callbacks=True, is_ready=False, start_time=time.monotonic(), pid=0, close=lambda: ended.append("closed")
    )
    loop.manager._processors[file] = running
    loop.stored.clear()
    loop.bucket.push({**files, f"dags/{CHANGED}": changed(CHANGED, "fourth")})
    yield from until(lambda: loop.manager._postponed)
    del loop.manager._processors[file]
    yield from until(lambda: loop.stored)
    loop.facts["after its callback"] = [*ended, *loop.stored[0][::2]]
    # What is parsed after a restart depends on what was stored.
    yield from until(loop.is_idle)


def restarted(loop: Loop) -> Iterator[None]:
    """Look which files a dag-processor parses first when it has just started; at first it can read no version."""
    bucket, active = loop.bucket, active_dags()
    pointer = bucket.get(bucket.keys.current)
    packs = {name: bucket.get(bucket.keys.folder + name) for name in bucket.names() if name.startswith("packs/")}
    bundle = loop.manager._dag_bundles[0]
    for name in packs:
        bucket.delete(bucket.keys.folder + name)
    yield from until(lambda: bundle._failure)
    for _ in range(TURNS):
        yield
    loop.facts["active without a pack"] = [bundle.is_initialized, active_dags() == active]
    bucket.delete(bucket.keys.current)
    yield from until(lambda: bundle.is_initialized)
    for _ in range(TURNS):
        yield
    loop.facts["active without a pointer"] = active_dags() == active
    for name, content in packs.items():
        bucket.put(bucket.keys.folder + name, content)
    bucket.put(bucket.keys.current, pointer)
    yield from until(lambda: len(loop.stored) >= len(NEW_AND_CHANGED))
    loop.facts["first after a restart"] = sorted(loop.files()[: len(NEW_AND_CHANGED)])


def is_stale(dag_id: str) -> bool:
    """Whether a DAG is stale."""
    with create_session() as session:
        return bool(session.scalar(sqlalchemy.select(DagModel.is_stale).where(DagModel.dag_id == dag_id)))


def active_dags() -> list[str]:
    """Return the DAGs that are not stale."""
    with create_session() as session:
        return sorted(session.scalars(sqlalchemy.select(DagModel.dag_id).where(~DagModel.is_stale)))


def version_of_dag(dag_id: str) -> str:
    """Return the version in which a DAG was parsed last."""
    with create_session() as session:
        return str(session.scalar(sqlalchemy.select(DagModel.bundle_version).where(DagModel.dag_id == dag_id)))


def errors() -> list[ParseImportError]:
    """Return the import errors."""
    with create_session() as session:
        return list(session.scalars(sqlalchemy.select(ParseImportError)))


def callbacks(manager: DagFileProcessorManager) -> list[str | None]:
    """Return the versions of callbacks: of a task and of a DAG of a run with a version, and of a task without one."""
    pinned, moved = "a" * 20, "b" * 20
    with create_session() as session:
        session.execute(RUN, {"version": pinned})
    task: Any = {
        "id": uuid4(),
        "task_id": "t",
        "dag_id": "z_changed",
        "try_number": 1,
        "dag_version_id": uuid4(),
        "map_index": -1,
        "queue": "default",
        "pool_slots": 1,
        "priority_weight": 1,
    }
    common: Any = {"filepath": CHANGED, "bundle_name": "dags", "msg": ""}
    requests = (
        TaskCallbackRequest(ti={**task, "run_id": "r"}, bundle_version=moved, **common),
        TaskCallbackRequest(ti={**task, "run_id": "other"}, bundle_version=moved, **common),
        TaskCallbackRequest(ti={**task, "run_id": "r"}, bundle_version=None, **common),
        DagCallbackRequest(dag_id="z_changed", run_id="r", bundle_version=moved, is_failure_callback=True, **common),
    )
    found: list[str | None] = []
    for request in requests:
        DatabaseCallbackSink().send(request)
        found += [each.bundle_version for each in manager.fetch_callbacks()]
    return [{pinned: "of the run", moved: "of the request", None: None}[each] for each in found]


def main(whose: str) -> dict[str, Any]:
    """Return what the dag-processor stores."""
    import_all_models()  # type: ignore[no-untyped-call] # Airflow's own has no types
    Base.metadata.create_all(engine)
    followed_bundle.DEPLOYMENT_SEC, s3_bundle.PAUSE_SEC = DEPLOYMENT_SEC, PAUSE_SEC
    if whose == "ours":
        install()
    kind: Any = vars(dag_processor_command)["DagFileProcessorManager"]
    found = Loop(kind, changes if whose == "ours" else switch).run()
    if whose == "ours":
        loop = Loop(kind, restarted)
        files = sample(new="from airflow.sdk import DAG", helper=changed(HELPER, "second"))
        # An earlier step removed this file. If the version had it, it would be a new file.
        del files["dags/a_first.py"]
        loop.bucket.push({**files, f"dags/{CHANGED}": changed(CHANGED, "fifth")})
        # The version of a file that has not changed since.
        loop.bucket.delete(loop.bucket.keys.manifest(version_of_dag("b_other")))
        # A container begins with an empty disk.
        shutil.rmtree(os.environ["AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH"])
        found |= loop.run()
    return found


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))  # noqa: T201 for the test
