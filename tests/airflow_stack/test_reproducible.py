"""The same commit gives the same JSON for every user, machine and time."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.airflow.airflow_image import airflow_builds
from constructs_lib.settings.task_folder import find_task_folders
from constructs_lib.tasks.task_image import task_builds
from tests.clone import Clone
from tests.template import Template
from tests.variants import STAGE_NAMES, VARIANTS, compose, variant


@pytest.fixture(name="clones", scope="module")
def _clones(tmp_path_factory: pytest.TempPathFactory) -> tuple[Clone, Clone]:
    """Two clones that were composed under different circumstances."""
    one = Clone.make(tmp_path_factory.mktemp("one") / "project")
    other = Clone.make(tmp_path_factory.mktemp("the other one") / "a clone" / "of it")
    home = tmp_path_factory.mktemp("home")
    with ThreadPoolExecutor() as together:
        runs = [
            together.submit(one.run, TZ="UTC", LANG="C.UTF-8", PYTHONHASHSEED="1"),
            together.submit(
                other.run,
                TZ="Asia/Tokyo",
                LANG="de_DE.UTF-8",
                HOME=str(home),
                # Where jsii unpacks its modules, which takes it seconds for a new home.
                JSII_RUNTIME_PACKAGE_CACHE_ROOT=str(Path.home() / ".cache/aws/jsii/package-cache"),
                PYTHONHASHSEED="2",
                USER="somebody",
                AWS_REGION="ap-south-1",
                AWS_PROFILE="mine",
                STAGE="other",
            ),
        ]
    for run in runs:
        assert run.result().returncode == 0, run.result().stderr
    return one, other


@pytest.mark.programs
def test_two_clones_give_the_same_bytes(clones: tuple[Clone, Clone]) -> None:
    """Two clones in different environments give the same bytes."""
    one, other = clones

    assert one.output().keys() >= {f"stacks/airflow-{stage}/cdk.tf.json" for stage in STAGE_NAMES}
    assert one.output() == other.output()


@pytest.mark.programs
def test_no_path_of_the_machine_is_in_the_json(clones: tuple[Clone, Clone]) -> None:
    """The JSON has no path of the machine."""
    one, other = clones

    for clone in (one, other):
        assert not any(str(clone.folder).encode() in text for text in clone.output().values())


def test_composing_again_gives_the_same_bytes() -> None:
    """Composing twice in one process gives the same bytes."""
    again = Template.of(compose(VARIANTS["split"]))

    # The keys have the same order.
    assert json.dumps(again.document) == json.dumps(variant("split").document)


@pytest.mark.programs
def test_it_is_terraform_json(clones: tuple[Clone, Clone]) -> None:
    """The file that Terraform reads is the JSON of the stack."""
    document = json.loads(clones[0].output()[f"stacks/airflow-{STAGE_NAMES[0]}/cdk.tf.json"])

    assert {"terraform", "provider", "resource", "output"} <= document.keys()
    # The engine of this process is started otherwise than that of a program (tests/engine_process.py).
    assert without_notes(document) == variant(STAGE_NAMES[0]).document


def test_a_changed_task_changes_its_image_alone(tmp_path: Path) -> None:
    """A changed task folder changes only the tag of its own image."""
    clone = Clone.make(tmp_path / "clone", compiled=False)
    before = _tags(clone.folder)
    # A stage's images have the tags of these builds.
    assert before == {name: push["triggers_replace"]["tag"] for name, push in variant("compact").pushes().items()}
    for name in ("Dockerfile", "task.toml", "new_file.py"):
        file = clone.folder / "tasks" / "number_task" / name
        file.write_text((file.read_text() if file.exists() else "") + "# changed\n")

        after = _tags(clone.folder)

        changed = {push for push in before if before[push] != after[push]}
        # What a task is started with is the catalogue in Airflow's image; its own does not hold it.
        assert changed == {"image_push" if name == "task.toml" else "dag_tasks_number_task_image_push"}
        before = after


def without_notes(value: Any) -> Any:  # noqa: ANN401 as JSON is
    """Return *value* without the notes of CDKTF, which its function for tests leaves out."""
    if isinstance(value, dict):
        return {key: without_notes(each) for key, each in value.items() if key != "//"}
    return [without_notes(each) for each in value] if isinstance(value, list) else value


def _tags(project: Path) -> dict[str, str]:
    """Return the tags of the images of a stage with the files of *project*, by what pushes them."""
    settings = VARIANTS["compact"]
    folders = find_task_folders(project / "tasks", stage=settings.stage)
    tasks = {
        f"dag_tasks_{name}_image_push": build.tag for name, build in task_builds(settings, folders, project).items()
    }
    [airflow] = airflow_builds(settings, project).values()
    return tasks | {"image_push": airflow.tag}
