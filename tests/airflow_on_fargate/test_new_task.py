"""Promises of `make new-task`."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from airflow_on_fargate import new_task as program
from airflow_on_fargate.new_task import TEMPLATE, new_task
from constructs_lib.push_image.build_context import BuildContext
from constructs_lib.push_image.image_content import content_hash
from constructs_lib.settings.task_folder import find_task_folders
from constructs_lib.settings.task_settings import TaskSettings
from constructs_lib.shared.bad_input import BadInputError
from tests.clone import PROJECT
from tests.command import command, refused
from tests.leftovers import leave_behind

STAGE_NAMES = ("dev", "prod")


def test_a_new_task_is_found_and_has_an_image(tmp_path: Path) -> None:
    """A new task folder can be composed without a change."""
    new_task(tmp_path, "my_task", stages=STAGE_NAMES)

    [folder] = find_task_folders(tmp_path, stage="dev")

    assert folder.name == "my_task"
    assert folder.settings == TaskSettings()
    assert content_hash(BuildContext(folder.path), architecture="ARM64")


def test_what_editors_leave_behind_makes_no_new_image(tmp_path: Path) -> None:
    """Files of editors do not change the tag of a new task's image."""
    new_task(tmp_path, "my_task", stages=STAGE_NAMES)
    before = content_hash(BuildContext(tmp_path / "my_task"), architecture="ARM64")

    leave_behind(tmp_path / "my_task")

    assert content_hash(BuildContext(tmp_path / "my_task"), architecture="ARM64") == before


@pytest.mark.parametrize("folder", ["", "tasks/multi_task", "tasks/number_task"])
def test_images_leave_out_what_those_of_new_tasks_do(folder: str) -> None:
    """The ignore files of Airflow and the samples have all lines of the template's."""
    _, mark, leftovers = (TEMPLATE / ".dockerignore").read_text().partition("# Files of operating systems")

    assert mark
    assert (PROJECT / folder / ".dockerignore").read_text().endswith(mark + leftovers)


@pytest.mark.programs
def test_a_new_task_runs(tmp_path: Path) -> None:
    """The template's program prints its arguments and succeeds."""
    new_task(tmp_path, "my_task", stages=STAGE_NAMES)

    run = subprocess.run(
        [sys.executable, "main.py"],
        cwd=tmp_path / "my_task",
        env={"RUN_ID": "r1", "SHARED_VOLUME": "/data"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert run.stdout == "run r1, shared volume /data\n"


def test_the_template_shows_every_key() -> None:
    """The template of `task.toml` shows every key, and each is valid without its comment sign."""
    text = re.sub(r"^# (?=\S+ = |\[\[)", "", (TEMPLATE / "task.toml").read_text(), flags=re.MULTILINE)

    shown = tomllib.loads(text)

    assert sorted(shown) == sorted(TaskSettings.model_fields)
    assert TaskSettings(**shown).cpu == 256


def test_caches_are_not_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Caches of Python in the template's folder are not copied."""
    template = shutil.copytree(TEMPLATE, tmp_path / "template")
    (template / "__pycache__").mkdir(exist_ok=True)
    monkeypatch.setattr(program, "TEMPLATE", template)

    new_task(tmp_path / "tasks", "x", stages=STAGE_NAMES)

    assert sorted(path.name for path in (tmp_path / "tasks" / "x").iterdir()) == [
        ".dockerignore",
        "Dockerfile",
        "main.py",
        "task.toml",
    ]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "must be lower-case letters and digits"),
        ("../x", "must be lower-case letters and digits"),
        ("worker", "the name is reserved"),
        ("dag_processor", "the name is reserved"),
        ("a" * 42, "must have 41 characters or fewer in stage 'prod'"),
        ("there_is", "tasks/there_is already exists"),
        ("there-is", "tasks/there_is already exists, and tasks/there-is would have the same name on AWS"),
    ],
)
def test_a_wrong_name_is_refused_and_nothing_is_written(tmp_path: Path, name: str, sentence: str) -> None:
    """A wrong name is refused in one sentence, and `tasks/` is unchanged."""
    (tmp_path / "there_is").mkdir()

    with pytest.raises(BadInputError, match=re.escape(sentence)):
        new_task(tmp_path, name, stages=STAGE_NAMES)

    assert [path.name for path in tmp_path.iterdir()] == ["there_is"]
    assert list((tmp_path / "there_is").iterdir()) == []


def test_a_task_that_cannot_be_written_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that cannot be written completely is removed again."""
    template = shutil.copytree(TEMPLATE, tmp_path / "template")
    (template / "main.py").unlink()
    (template / "main.py").symlink_to("absent")
    monkeypatch.setattr(program, "TEMPLATE", template)

    with pytest.raises(BadInputError, match=r"^tasks/x cannot be created: No such file or directory$"):
        new_task(tmp_path / "tasks", "x", stages=STAGE_NAMES)

    assert list((tmp_path / "tasks").iterdir()) == []


def test_a_new_task_can_be_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user can write to all files, also if those of the package are read-only."""
    template = shutil.copytree(TEMPLATE, tmp_path / "template")
    for each in template.iterdir():
        each.chmod(0o444)
    monkeypatch.setattr(program, "TEMPLATE", template)
    new_task(tmp_path / "tasks", "x", stages=STAGE_NAMES)

    assert all(each.stat().st_mode & 0o200 for each in (tmp_path / "tasks" / "x").iterdir())


def test_other_tasks_do_not_matter(tmp_path: Path) -> None:
    """Existing tasks do not affect a new one."""
    for name in ("first", "second"):
        new_task(tmp_path, name, stages=STAGE_NAMES)

    assert [folder.name for folder in find_task_folders(tmp_path, stage="dev")] == ["first", "second"]


class TestCommand:
    """Run the command as a person does."""

    @pytest.fixture(autouse=True)
    def _project(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)

    def test_it_says_what_to_do_next(self) -> None:
        """The output has a line for a DAG that can be copied."""
        ended = command("new-task", "my_task")

        assert ended.code == 0
        assert 'FargateTaskOperator(task_id="my_task", task="my_task")' in ended.output

    def test_a_refusal_is_one_line(self) -> None:
        """A refusal is one line that starts with `error:`, with exit code 1 and no traceback."""
        assert refused("new-task", "worker").startswith("error: tasks/worker: the name is reserved")


def test_tasks_must_be_a_folder(tmp_path: Path) -> None:
    """A file named `tasks` is refused and unchanged."""
    (tmp_path / "tasks").write_text("kept")

    with pytest.raises(BadInputError, match=r"^tasks must be a folder"):
        new_task(tmp_path / "tasks", "x", stages=["dev"])

    assert (tmp_path / "tasks").read_text() == "kept"
