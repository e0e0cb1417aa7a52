"""Promises of DAGs in a bundle: what runs see of versions that are pushed, on a running stack."""

import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from benchmarks.dag_bundles.pusher import Pusher
from benchmarks.reliability.stack import Stack as BreakableStack
from tests.clone import PROJECT, Clone
from tests.local.stack import Stack, running

pytestmark = pytest.mark.local

DAG = "pinned"
SAMPLE = PROJECT / "tests/local/sample_bundle"
VISIBLE_SEC = 10
"""More than on an idle machine."""
NUMBER = re.compile(r"^(NUMBER|PART) = \d+$", re.MULTILINE)
DESCRIPTIONS = """
SELECT d.description, s.data -> 'dag' ->> 'description', v.bundle_version FROM dag d
JOIN dag_version v ON v.dag_id = d.dag_id JOIN serialized_dag s ON s.dag_version_id = v.id
WHERE d.dag_id = %s ORDER BY v.version_number DESC LIMIT 1
"""
TASKS = {"first": 1, "retried": 2, "mapped": 2, "elsewhere": 1, "deferred": 2}
"""How often each task writes: a retried and a deferred one, and each mapped one."""


@dataclass
class Bundle:
    """A stack whose DAGs are in a bundle, with the runs that have seen its versions."""

    stack: Stack
    folder: Path
    versions: dict[int, str] = field(default_factory=dict)
    """The version with each number."""

    def __post_init__(self) -> None:
        """Note the version that the start has pushed."""
        self.database = BreakableStack(self.stack.state)
        self.pusher = Pusher(self.stack.state)
        self.versions[1] = self.pusher.version

    @property
    def dag(self) -> Path:
        """The file of the DAG."""
        return self.stack.folder / "dags" / f"{DAG}.py"

    def write(self, number: int) -> None:
        """Write the *number* into both files of the DAG."""
        for file in (self.dag, self.dag.with_name("pinned_part.py")):
            file.write_text(NUMBER.sub(rf"\1 = {number}", file.read_text()))

    def push(self, number: int) -> float:
        """Push the *number*, and return after how many seconds it is visible."""
        self.write(number)
        pushed = self.pusher.push("")
        self.versions[number] = pushed.version
        return self.wait_for(number) - pushed.at

    def wait_for(self, number: int) -> float:
        """Return the time at which the DAG has the *number*."""
        end, wanted = time.time() + 60, f"number {number} {number}"
        # The list of DAGs, and the serialized DAG, from which the scheduler creates runs.
        while self.database.sql(DESCRIPTIONS, DAG) != [(wanted, wanted, self.versions[number])]:
            assert time.time() < end, self.database.sql(DESCRIPTIONS, DAG)
            time.sleep(0.1)
        return time.time()

    def trigger(self, name: str) -> str:
        """Start a run that notes what it reads in the file *name*, and goes on after its first task when told to."""
        api = self.stack.api
        api.unpause(DAG)
        return api.trigger(DAG, {"notes": str(self.folder / name), "go": str(self.folder / f"{name}-go")})

    def wait_until_begun(self, name: str) -> None:
        """Wait until the first task of the run runs."""
        end = time.monotonic() + 60
        while not (self.folder / name).exists():
            assert time.monotonic() < end
            time.sleep(0.1)

    def go_on(self, *names: str) -> None:
        """Let the other tasks of the runs start."""
        for name in names:
            (self.folder / f"{name}-go").touch()

    def notes(self, name: str) -> list[list[str]]:
        """Return what the tasks of the run have noted: the task, its try, both numbers and the version."""
        return [line.split()[1:] for line in (self.folder / name).read_text().splitlines()]

    def read(self, name: str) -> set[tuple[int, int, str]]:
        """Return the numbers and versions that the tasks of the run have read."""
        return {(int(one), int(other), version) for _, _, one, other, version in self.notes(name)}


@pytest.fixture(name="bundle", scope="module")
def _bundle() -> Iterator[Bundle]:
    """Run a stack with one DAG and two workers; the second one stands still."""
    with tempfile.TemporaryDirectory(prefix="bundle-") as folder:
        project = Path(folder, "project")
        Clone.make(project).write_stages(
            "stage='dev', dags=DagsInS3(), worker_pools={'spot': WorkerPool(slots=1)}",
            lines="from constructs_lib.settings import DagsInS3, WorkerPool",
        )
        shutil.copytree(SAMPLE, project / "dags", dirs_exist_ok=True)
        with running(project) as stack:
            stack.wait_until_known(DAG)
            yield Bundle(stack, stack.state.shared_volume)


def test_each_run_keeps_its_version_however_its_tasks_start(bundle: Bundle) -> None:
    """A run keeps its version after a push, for retried, deferred, mapped and cleared tasks, and on a new worker."""
    supervisor = bundle.stack.supervisor
    supervisor.stop_program("worker-spot")
    old = bundle.trigger("old")
    bundle.wait_until_begun("old")

    assert bundle.push(2) < VISIBLE_SEC
    new = bundle.trigger("new")
    supervisor.start("worker-spot")
    bundle.go_on("old", "new")
    for run_id in (old, new):
        ended = bundle.stack.wait_for_run(DAG, run_id)
        assert {each["state"] for each in ended.values()} == {"success"}, ended

    for name, number in (("old", 1), ("new", 2)):
        assert bundle.read(name) == {(number, number, bundle.versions[number])}, bundle.notes(name)
        tasks = [task for task, *_ in bundle.notes(name)]
        assert {task: tasks.count(task) for task in TASKS} == TASKS

    bundle.stack.mark(DAG, old, "cleared")
    bundle.stack.wait_for_run(DAG, old)
    assert len(bundle.notes("old")) > sum(TASKS.values())
    assert bundle.read("old") == {(1, 1, bundle.versions[1])}


def test_a_rollback_is_as_quick_as_a_push(bundle: Bundle) -> None:
    """A rollback is visible within seconds, also right after the push that it undoes."""
    assert bundle.push(3) < VISIBLE_SEC
    rolled_back = bundle.pusher.roll_back(bundle.versions[1])

    assert bundle.wait_for(1) - rolled_back.at < VISIBLE_SEC
    bundle.write(1)


def test_a_push_checks_the_dags_and_what_is_wrong_later_is_an_import_error(bundle: Bundle) -> None:
    """`dags push --local` refuses a DAG that cannot be imported; a version with one shows file and line."""
    right = bundle.dag.read_text()
    bundle.dag.write_text(f"{right}\n1 / 0\n")
    try:
        refused = bundle.stack.run("dags", "push", "--stage", "dev", "--local")
        bundle.pusher.push("unchecked")
    finally:
        bundle.dag.write_text(right)
    end = time.monotonic() + VISIBLE_SEC
    while not (errors := bundle.stack.api.import_errors()):
        assert time.monotonic() < end
        time.sleep(0.1)
    pushed = bundle.stack.run("dags", "push", "--stage", "dev", "--local")

    line = len(right.splitlines()) + 2
    assert refused.returncode == 1
    assert f"dags/{DAG}.py, line {line}, cannot be imported: ZeroDivisionError" in refused.stderr
    assert f'{DAG}.py", line {line}' in errors[0]["stack_trace"]
    assert pushed.returncode == 0, pushed.stdout + pushed.stderr
    assert bundle.stack.api.import_errors() == []


def test_a_run_whose_file_is_deleted_continues_when_it_is_back(bundle: Bundle) -> None:
    """A running task of a DAG whose file is deleted ends, and a rollback lets the others start, in their version."""
    before = bundle.pusher.version
    run_id = bundle.trigger("deleted")
    bundle.wait_until_begun("deleted")
    text = bundle.dag.read_text()
    bundle.dag.unlink()
    bundle.pusher.push("deleted")
    end = time.monotonic() + VISIBLE_SEC
    while DAG in bundle.stack.api.dag_ids():
        assert time.monotonic() < end
        time.sleep(0.1)
    bundle.go_on("deleted")
    bundle.stack.wait_for_state(DAG, run_id, "first", "success")
    bundle.dag.write_text(text)
    bundle.pusher.roll_back(before)

    ended = bundle.stack.wait_for_run(DAG, run_id)
    assert {each["state"] for each in ended.values()} == {"success"}
    assert bundle.read("deleted") == {(1, 1, before)}
