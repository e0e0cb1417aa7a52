"""Promises of DAGs in a bundle: what runs see of versions that are pushed, on a running stack."""

import json
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from benchmarks.dag_bundles.git_remote import SECRET, Remote, git_remote
from benchmarks.dag_bundles.pusher import Pusher
from benchmarks.reliability.stack import Stack as BreakableStack
from constructs_lib.settings.dag_bundles import DagsInS3
from constructs_lib.shared.dag_version import tasks_key
from tests.clone import PROJECT, Clone
from tests.local.stack import Stack, running
from tests.requirements_of_machine import require

pytestmark = pytest.mark.local

DAG = "pinned"
SAMPLE = PROJECT / "tests/local/sample_bundle"
VISIBLE_SEC = 10
"""More than on an idle machine."""
IN_GIT = PROJECT / "tests/local/sample_git/from_git.py"
ON_DEMAND = PROJECT / "tests/airflow_fargate/dag_processor/sample_dags/on_demand.py"
"""A DAG that names the task folder `new`."""
NOT_DEPLOYED = "task='new' is in tasks/ of this version, but not deployed in the stage: run airflow-fargate deploy"
DEPLOYMENT_SEC = 30
"""Seconds between two looks for a deployment."""
REFRESH_SEC = 5
"""The minimum."""
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
    remote: Remote
    """The repository of the bundle `team`."""
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

    def commit(self, number: int) -> str:
        """Push a commit with the *number* to the repository."""
        text = IN_GIT.read_text().replace("NUMBER = 1", f"NUMBER = {number}")
        return self.remote.repository.commit({f"dags/{IN_GIT.name}": text})

    def wait_for_commit(self, number: int, commit: str) -> float:
        """Return after how many seconds the DAG in Git has the *number*."""
        begin, wanted = time.monotonic(), f"number {number}"
        while (found := self.database.sql(DESCRIPTIONS, IN_GIT.stem)) != [(wanted, wanted, commit)]:
            assert time.monotonic() < begin + 60, found
            time.sleep(0.1)
        return time.monotonic() - begin

    def deploy(self, task: str) -> None:
        """Add the folder *task* to the table of deployed folders, as a deployment does."""
        s3, table = self.stack.client("s3"), {"Bucket": self.pusher.bucket, "Key": tasks_key(DagsInS3().prefix)}
        content = json.loads(s3.get_object(**table)["Body"].read())
        content["tasks"][task] = {}
        s3.put_object(**table, Body=json.dumps(content).encode())

    def wait_for_errors(self, number: int, *, limit_sec: float) -> list[str]:
        """Wait until a *number* of DAG files cannot be imported, and return why."""
        end = time.monotonic() + limit_sec
        while len(errors := self.stack.api.import_errors()) != number:
            assert time.monotonic() < end, errors
            time.sleep(0.1)
        return [each["stack_trace"] for each in errors]

    def trigger(self, name: str, dag_id: str = DAG) -> str:
        """Start a run that notes what it reads in the file *name*, and goes on after its first task when told to."""
        api = self.stack.api
        api.unpause(dag_id)
        return api.trigger(dag_id, {"notes": str(self.folder / name), "go": str(self.folder / f"{name}-go")})

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
    """Run a stack with two workers, one DAG in S3 and one in Git."""
    for program in ("git", "openssl"):
        require(program, present=bool(shutil.which(program)))
    with tempfile.TemporaryDirectory(prefix="bundle-") as folder, git_remote(Path(folder, "remote")) as remote:
        project = Path(folder, "project")
        git = f"DagsInGit(url={remote.url!r}, secret={SECRET!r}, refresh_sec={REFRESH_SEC})"
        Clone.make(project).write_stages(
            f"stage='dev', dags={{'dags': DagsInS3(), 'team': {git}}}, worker_pools={{'spot': WorkerPool(slots=1)}}",
            lines="from constructs_lib.settings import DagsInGit, DagsInS3, WorkerPool",
        )
        remote.write_secret(project)
        remote.repository.commit({f"dags/{IN_GIT.name}": IN_GIT.read_text()})
        shutil.copytree(SAMPLE, project / "dags", dirs_exist_ok=True)
        with running(project) as stack:
            stack.wait_until_known(DAG)
            yield Bundle(stack, stack.state.shared_volume, remote)


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


def test_a_run_keeps_its_commit_while_the_git_remote_is_away(bundle: Bundle) -> None:
    """A pushed commit is visible within seconds, and an older run ends with its own, while the remote is away."""
    dag_id, first = IN_GIT.stem, bundle.remote.repository.commits[0]
    run_id = bundle.trigger("in-git", dag_id)
    bundle.wait_until_begun("in-git")

    second = bundle.commit(2)
    assert bundle.wait_for_commit(2, second) < REFRESH_SEC + VISIBLE_SEC
    bundle.remote.server.switch_off()
    try:
        bundle.go_on("in-git")
        ended = bundle.stack.wait_for_run(dag_id, run_id)
    finally:
        bundle.remote.server.switch_on()

    assert {each["state"] for each in ended.values()} == {"success"}
    assert (bundle.folder / "in-git").read_text().splitlines() == [f"1 {first}"] * 2


def test_a_dag_in_git_waits_for_its_task_folder(bundle: Bundle) -> None:
    """A DAG in Git that names a new folder has an import error until the folder is deployed, and needs no restart."""
    before = bundle.stack.supervisor.process_ids()["dag-processor"]
    bundle.remote.repository.commit({f"dags/{ON_DEMAND.name}": ON_DEMAND.read_text(), "tasks/new/task.toml": ""})
    [error] = bundle.wait_for_errors(1, limit_sec=REFRESH_SEC + VISIBLE_SEC)
    assert NOT_DEPLOYED in error
    assert ON_DEMAND.stem not in bundle.stack.api.dag_ids()

    bundle.deploy("new")
    bundle.stack.wait_until_known(ON_DEMAND.stem, limit_sec=DEPLOYMENT_SEC + VISIBLE_SEC)
    assert bundle.wait_for_errors(0, limit_sec=VISIBLE_SEC) == []
    assert bundle.stack.supervisor.process_ids()["dag-processor"] == before
