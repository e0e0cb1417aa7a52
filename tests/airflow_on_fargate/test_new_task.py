"""Promises of `make new-task`."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from airflow_on_fargate import new_task as program
from airflow_on_fargate.new_task import TASKS, TEMPLATE, new_task
from constructs_lib.push_image.build_context import BuildContext
from constructs_lib.push_image.image_content import content_hash
from constructs_lib.settings.task_folder import find_task_folders
from constructs_lib.settings.task_settings import TaskSettings
from constructs_lib.shared.bad_input import BadInputError
from tests.leftovers import leave_behind

STAGE_NAMES = ("dev", "prod")


def test_a_new_task_is_found_and_has_an_image(tmp_path: Path) -> None:
    """The folder is complete: synth takes it as it is."""
    new_task(tmp_path, "my_task", stages=STAGE_NAMES)

    [folder] = find_task_folders(tmp_path, stage="dev")

    assert folder.name == "my_task"
    assert folder.settings == TaskSettings()
    assert content_hash(BuildContext(folder.path), architecture="ARM64")


def test_what_editors_leave_behind_makes_no_new_image(tmp_path: Path) -> None:
    """A new task's folder is built again for what its image runs, not for who looked at it."""
    new_task(tmp_path, "my_task", stages=STAGE_NAMES)
    before = content_hash(BuildContext(tmp_path / "my_task"), architecture="ARM64")

    leave_behind(tmp_path / "my_task")

    assert content_hash(BuildContext(tmp_path / "my_task"), architecture="ARM64") == before


@pytest.mark.parametrize("folder", ["", "tasks/multi_task", "tasks/number_task"])
def test_images_leave_out_what_those_of_new_tasks_do(folder: str) -> None:
    """Docker's ignore files cannot share a list: Airflow's and the samples' repeat the template's."""
    _, mark, leftovers = (TEMPLATE / ".dockerignore").read_text().partition("# What operating systems")

    assert mark
    assert (TASKS.parent / folder / ".dockerignore").read_text().endswith(mark + leftovers)


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
    """Each key stands in the template, and with its comment sign taken away it is valid."""
    text = re.sub(r"^# (?=\S+ = |\[\[)", "", (TEMPLATE / "task.toml").read_text(), flags=re.MULTILINE)

    shown = tomllib.loads(text)

    assert sorted(shown) == sorted(TaskSettings.model_fields)
    assert TaskSettings(**shown).cpu == 256


def test_caches_are_not_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Python leaves in the template's folder stays there."""
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
    """One sentence has the reason, and tasks/ stays unchanged."""
    (tmp_path / "there_is").mkdir()

    with pytest.raises(BadInputError, match=re.escape(sentence)):
        new_task(tmp_path, name, stages=STAGE_NAMES)

    assert [path.name for path in tmp_path.iterdir()] == ["there_is"]
    assert list((tmp_path / "there_is").iterdir()) == []


def test_a_task_that_cannot_be_written_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy that fails half-way is taken away again."""
    template = shutil.copytree(TEMPLATE, tmp_path / "template")
    (template / "main.py").unlink()
    (template / "main.py").symlink_to("absent")
    monkeypatch.setattr(program, "TEMPLATE", template)

    with pytest.raises(shutil.Error):
        new_task(tmp_path / "tasks", "x", stages=STAGE_NAMES)

    assert list((tmp_path / "tasks").iterdir()) == []


def test_other_tasks_do_not_matter(tmp_path: Path) -> None:
    """Tasks stand side by side."""
    for name in ("first", "second"):
        new_task(tmp_path, name, stages=STAGE_NAMES)

    assert [folder.name for folder in find_task_folders(tmp_path, stage="dev")] == ["first", "second"]


def test_it_explains_itself() -> None:
    """`--help` describes what a name may be."""
    run = subprocess.run(
        [sys.executable, "-m", "airflow_on_fargate.new_task", "--help"],
        cwd=TEMPLATE.parent.parent,
        capture_output=True,
        text=True,
        check=True,
    )

    assert "lower-case letters and digits" in run.stdout


class TestCommand:
    """What the person at the keyboard sees."""

    @pytest.fixture(autouse=True)
    def _tasks(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(program, "TASKS", tmp_path)

    def test_it_says_what_to_do_next(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        """The line for a DAG is ready to be copied."""
        monkeypatch.setattr(sys, "argv", ["new_task", "my_task"])

        assert program.main() == 0
        assert 'FargateTaskOperator(task_id="my_task", task="my_task")' in capsys.readouterr().out

    def test_a_refusal_is_one_line(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        """It begins as all refusals do, the exit code is 1, and there is no traceback."""
        monkeypatch.setattr(sys, "argv", ["new_task", "worker"])

        assert program.main() == 1
        [line] = capsys.readouterr().err.splitlines()
        assert line.startswith("error: tasks/worker: the name is reserved")


def test_tasks_must_be_a_folder(tmp_path: Path) -> None:
    """A file of that name is refused and left alone."""
    (tmp_path / "tasks").write_text("kept")

    with pytest.raises(BadInputError, match=r"^tasks must be a folder"):
        new_task(tmp_path / "tasks", "x", stages=["dev"])

    assert (tmp_path / "tasks").read_text() == "kept"
