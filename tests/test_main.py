"""`python main.py`, as people run it: what it writes, and what it refuses."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.clone import Clone
from tests.variants import STAGE_NAMES

TASK = "tasks/number_task/task.toml"


@pytest.fixture(name="project", scope="module")
def _project(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A clone with an output that is there already."""
    clone = Clone.make(tmp_path_factory.mktemp("clone") / "project")
    clone.write("cdktf.out/manifest.json", "earlier")
    clone.write("cdktf.out/stacks/airflow-dev/cdk.tf.json", "earlier")
    clone.write("cdktf.out/stacks/airflow-dev/terraform.tfstate", "somebody's")
    return clone


@pytest.fixture(name="clone")
def _clone(project: Clone) -> Iterator[Clone]:
    """The clone, whose input is as it was after each test."""
    kept = project.folder.parent / "kept"
    for part in ("constructs_lib", "tasks"):
        shutil.copytree(project.folder / part, kept / part)
    yield project
    for part in ("constructs_lib", "tasks"):
        shutil.rmtree(project.folder / part)
        shutil.copytree(kept / part, project.folder / part)
    shutil.rmtree(kept)


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
        "constructs_lib/stages.py, stage 'dev': vpc_cidr must be an IPv4 network such as 10.0.0.0/16,"
        " got '10.0.0.0/33' (Only one ...",
    ),
    "a misspelt key": (
        stages("stage='dev', toplogy='split'"),
        "constructs_lib/stages.py, stage 'dev': toplogy is unknown; did you mean 'topology'?",
    ),
    "two keys": (
        stages("stage='dev', topology='split', worker_pool=True"),
        "constructs_lib/stages.py, stage 'dev': worker_pool is for topology = 'compact', got topology = 'split', ...",
    ),
    "a part of a stage": (
        stages("stage='dev', compact_size=TaskSize(cpu=1024, memory_mib=1000)"),
        "constructs_lib/stages.py, line 5, TaskSize: memory_mib for 1024 CPU units must be 2048 to 8192 in steps of"
        " 1024, got 1000",
    ),
    "an option of Airflow": (
        stages("stage='dev', airflow_config={'core': {'executor': 'LocalExecutor'}}"),
        "constructs_lib/stages.py, stage 'dev': airflow_config.core.executor is set by the stack and must not be"
        " changed: ...",
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
        "constructs_lib/stages.py, stage 'dev': task_images.numbr_task is no folder of tasks/; did you mean"
        " 'number_task'?",
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
    "one address for two": (
        _clashing_folders,
        "airflow-dev/DagTasks/vendor/TaskDefinition/Resource and"
        " airflow-dev/DagTasks/vendor_task_definition/TaskDefinition/Resource have the same state address"
        " aws_ecs_task_definition.dag_tasks_vendor; give one of them another name",
    ),
}


def refused(run_in: Clone, *arguments: str, **environment: str) -> str:
    """Run main.py, which must refuse with one line, exit code 1 and an untouched cdktf.out, and return the line."""
    before = run_in.output()
    done = run_in.run(*arguments, **environment)

    assert (done.returncode, done.stdout) == (1, "")
    assert run_in.output() == before
    assert done.stderr.endswith("\n")
    [line] = done.stderr.splitlines()
    return line


@pytest.mark.parametrize("mistake", REFUSED)
def test_a_mistake_is_one_sentence(mistake: str, clone: Clone) -> None:
    """The sentence tells what was got, where, and what is allowed; no traceback, and the output stays as it was."""
    make, sentence = REFUSED[mistake]
    make(clone)

    line = refused(clone)

    beginning, shortened, _ = f"error: {sentence}".partition("...")
    assert line.startswith(beginning)
    assert shortened or line == beginning


def test_a_buckets_wrong_name_is_refused(clone: Clone) -> None:
    """What the environment says is checked as what the settings say."""
    assert refused(clone, TF_STATE_BUCKET="My_Bucket") == (
        "error: TF_STATE_BUCKET in the environment must be a bucket's name: 3 to 63 of a-z, 0-9, '.' and '-',"
        " got 'My_Bucket'"
    )


def test_an_action_is_refused_before_anything_runs(clone: Clone) -> None:
    """`check` is what make asks before it deploys or destroys."""
    clone.write_stages("stage='dev'", "stage='prod', protected=True, state_bucket='states'")

    assert refused(clone, "check", "deploy", "dev").startswith("error: cannot deploy airflow-dev: the bucket for")
    assert refused(clone, "check", "destroy", "prod").startswith("error: cannot destroy airflow-prod: it is protected;")


def test_an_allowed_action_is_silent(clone: Clone) -> None:
    """`check` writes nothing, neither files nor words, if the action may go on."""
    before = clone.output()
    done = clone.run("check", "deploy", STAGE_NAMES[0], TF_STATE_BUCKET="states")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert clone.output() == before


def test_bootstrap_writes_one_stack(tmp_path: Path) -> None:
    """The bucket for the state is a stack of its own, without the stages'."""
    clone = Clone.make(tmp_path / "clone")

    done = clone.run("bootstrap", STAGE_NAMES[0], TF_STATE_BUCKET="states")

    assert (done.returncode, done.stderr) == (0, "")
    [name] = [each for each in clone.output() if each.endswith("cdk.tf.json")]
    assert name == f"stacks/airflow-{STAGE_NAMES[0]}-state/cdk.tf.json"
    assert json.loads(clone.output()[name])["resource"]["aws_s3_bucket"]["state"]["bucket"] == "states"


def test_a_folder_in_tasks_is_all_a_task_takes(tmp_path: Path) -> None:
    """Adding a folder needs no change of Python: its image and its task definition are in every stage."""
    clone = Clone.make(tmp_path / "clone")
    clone.write("tasks/letters/Dockerfile", "FROM scratch\n")

    done = clone.run(TF_STATE_BUCKET="states")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    for stage in STAGE_NAMES:
        document = json.loads(clone.output()[f"stacks/airflow-{stage}/cdk.tf.json"])
        family = document["resource"]["aws_ecs_task_definition"]["dag_tasks_letters"]["family"]
        assert family == document["output"]["task_definitions"]["value"]["letters"] == f"airflow-{stage}-letters"
        assert document["resource"]["aws_ecr_repository"]["dag_tasks_letters_image"]["name"] == family
        assert document["terraform"]["backend"]["s3"]["bucket"] == "states"
