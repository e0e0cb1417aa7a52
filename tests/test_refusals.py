"""`python main.py`, as people run it: each mistake is one sentence, and what was written stays as it was."""

import shutil
import sys
from collections.abc import Callable, Iterator

import pytest

import constructs_lib
import main
from tests.clone import Clone
from tests.variants import STAGE_NAMES

TASK = "tasks/number_task/task.toml"


@pytest.fixture(name="project", scope="module")
def _project(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """Make a clone with an output that is there already."""
    clone = Clone.make(tmp_path_factory.mktemp("clone") / "project")
    clone.write("cdktf.out/manifest.json", "earlier")
    clone.write("cdktf.out/stacks/airflow-dev/cdk.tf.json", "earlier")
    clone.write("cdktf.out/stacks/airflow-dev/terraform.tfstate", "somebody's")
    return clone


@pytest.fixture(name="clone")
def _clone(project: Clone) -> Iterator[Clone]:
    """Lend the clone, and put its stages and tasks back after the test."""
    stages_file, tasks = project.folder / "constructs_lib" / "stages.py", project.folder / "tasks"
    kept = project.folder.parent / "kept"
    shutil.copytree(tasks, kept)
    text = stages_file.read_text()
    yield project
    stages_file.write_text(text)
    shutil.rmtree(tasks)
    kept.rename(tasks)


def stages(*settings: str, lines: str = "") -> Callable[[Clone], None]:
    """Return what writes stages.py."""
    return lambda clone: clone.write_stages(*settings, lines=lines)


def file(path: str, text: str) -> Callable[[Clone], None]:
    """Return what writes one file."""
    return lambda clone: clone.write(path, text)


def _clashing_folders(clone: Clone) -> None:
    for name in ("vendor", "vendor_task_definition"):
        clone.write(f"tasks/{name}/Dockerfile", "FROM scratch\n")


REFUSED: dict[str, tuple[Callable[[Clone], None], str]] = {
    "a value": (
        stages("stage='dev', vpc_cidr='10.0.0.0/33'"),
        (
            "constructs_lib/stages.py, stage 'dev': vpc_cidr must be an IPv4 network such as 10.0.0.0/16,"
            " got '10.0.0.0/33' (..."
        ),
    ),
    "a misspelt key": (
        stages("stage='dev', toplogy='split'"),
        "constructs_lib/stages.py, stage 'dev': toplogy is unknown; did you mean 'topology'?",
    ),
    "two keys": (
        stages("stage='dev', topology='split', compact_worker_slots=2"),
        "constructs_lib/stages.py, stage 'dev': compact_worker_slots is for topology = 'compact', got topology = ...",
    ),
    "a part of a stage": (
        stages("stage='dev', compact_size=TaskSize(cpu=1024, memory_mib=1000)"),
        (
            "constructs_lib/stages.py, line 5, TaskSize: memory_mib for 1024 CPU units must be 2048 to 8192 in steps of"
            " 1024, got 1000"
        ),
    ),
    "a worker pool": (
        stages(
            "stage='dev', worker_pools={'spot': WorkerPool(min=3, max=2)}",
            lines="from constructs_lib.worker_pool import WorkerPool",
        ),
        "constructs_lib/stages.py, line 5, WorkerPool: min must be at most max, 2, got 3",
    ),
    "an option of Airflow": (
        stages("stage='dev', airflow_config={'core': {'executor': 'LocalExecutor'}}"),
        (
            "constructs_lib/stages.py, stage 'dev': airflow_config.core.executor is set by the stack and must not be"
            " changed: ..."
        ),
    ),
    "no Python": (
        stages("stage='dev' protected=True"),
        "constructs_lib/stages.py, line 5, is not valid Python: ...",
    ),
    "a word that Python does not know": (
        stages("stage='dev', protected=true"),
        "constructs_lib/stages.py, line 5, is not valid Python: name 'true' is not defined",
    ),
    "a stage without name": (
        stages("'dev'"),
        "constructs_lib/stages.py, line 5, is not valid Python: ...",
    ),
    "a stage twice": (
        stages("stage='dev'", "stage='dev'"),
        "constructs_lib/stages.py: stage 'dev' is there twice; give each its own name",
    ),
    "an image of no task": (
        stages("stage='dev', task_images={'numbr_task': 'registry.example.com/numbers:1'}"),
        (
            "constructs_lib/stages.py, stage 'dev': task_images.numbr_task is no folder of tasks/; did you mean"
            " 'number_task'?"
        ),
    ),
    "no TOML": (
        file(TASK, "cpu = 256\nmemory_mib =\n"),
        f"{TASK} is not valid TOML: Invalid value (at line 2, column 13)",
    ),
    "a key of a task": (file(TASK, "memory = 512\n"), f"{TASK}: memory is unknown; did you mean 'memory_mib'?"),
    "a value of a task": (
        file(TASK, "cpu = 512\nmemory_mib = 512\n"),
        f"{TASK}: memory_mib for 512 CPU units must be 1024 to 4096 in steps of 1024, got 512",
    ),
    "no Dockerfile": (
        file("tasks/letters/main.py", ""),
        "tasks/letters has no Dockerfile; every folder in tasks/ is built into a container image",
    ),
    "a reserved name": (
        file("tasks/worker/Dockerfile", "FROM scratch\n"),
        "tasks/worker: the name is reserved for Airflow's own containers, ...",
    ),
    "the name of a worker pool's family": (
        file("tasks/worker_spot/Dockerfile", "FROM scratch\n"),
        "tasks/worker_spot: names that begin with 'worker-' are reserved for worker pools, got 'worker_spot'",
    ),
    "instances that are not there": (
        file(TASK, 'capacity = "EC2"'),
        (
            "tasks/number_task/task.toml, stage 'dev': capacity 'EC2' needs instances: give the stage ec2_capacity in"
            " constructs_lib/stages.py, or use 'FARGATE'"
        ),
    ),
    "one address for two": (
        _clashing_folders,
        (
            "airflow-dev/DagTasks/vendor/TaskDefinition/Resource and"
            " airflow-dev/DagTasks/vendor_task_definition/TaskDefinition/Resource have the same state address"
            " aws_ecs_task_definition.dag_tasks_vendor; give one of them another name"
        ),
    ),
}


BY_THE_PROGRAM = ("a part of a stage", "no TOML", "one address for two")
"""What is asked of the program itself; the others, which take the same way, of its `main()`."""


def refused(clone: Clone, *arguments: str, **environment: str) -> str:
    """Run main.py, which must refuse with one line, exit code 1 and an untouched cdktf.out, and return the line."""
    before = clone.output()
    done = clone.run(*arguments, **environment)

    assert (done.returncode, done.stdout) == (1, "")
    assert clone.output() == before
    [line] = done.stderr.splitlines()
    return line


@pytest.mark.parametrize("mistake", BY_THE_PROGRAM)
def test_a_mistake_is_one_line_and_exit_code_1(mistake: str, clone: Clone) -> None:
    """The program prints the sentence and no traceback, and what it wrote earlier is untouched."""
    make, sentence = REFUSED[mistake]
    make(clone)

    assert refused(clone).startswith(f"error: {sentence.removesuffix('...')}")


@pytest.mark.parametrize("mistake", REFUSED)
def test_a_mistake_is_one_sentence(mistake: str, clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence tells what was got, where, and what is allowed."""
    make, sentence = REFUSED[mistake]
    make(clone)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setattr(constructs_lib, "__path__", [str(clone.folder / "constructs_lib")])
    monkeypatch.delitem(sys.modules, "constructs_lib.stages", raising=False)
    monkeypatch.setattr(main, "PROJECT", clone.folder)
    monkeypatch.chdir(clone.folder)
    monkeypatch.delenv("TF_STATE_BUCKET", raising=False)
    before = clone.output()

    with pytest.raises(SystemExit) as exited:
        main.main([])

    line = str(exited.value)
    assert "\n" not in line
    assert line.startswith(f"error: {sentence.removesuffix('...')}")
    assert sentence.endswith("...") or line == f"error: {sentence}"
    assert clone.output() == before


def test_a_protected_stage_is_not_destroyed(clone: Clone) -> None:
    """`check`, which make asks first, refuses in one sentence before Terraform runs."""
    clone.write_stages("stage='prod', protected=True, state_bucket='states'")

    assert refused(clone, "check", "destroy", "prod").startswith("error: cannot destroy airflow-prod: it is protected;")


def test_an_allowed_action_is_silent(clone: Clone) -> None:
    """`check` writes nothing, neither files nor words, if the action may go on."""
    before = clone.output()
    done = clone.run("check", "deploy", STAGE_NAMES[0], TF_STATE_BUCKET="states")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert clone.output() == before
