import shutil
from pathlib import Path

import pytest

from airflow_on_fargate.local.state import State
from airflow_on_fargate.local.task_command import programs_of
from airflow_on_fargate.local.task_files import TaskFiles


def test_two_tasks_may_make_an_environment_at_the_same_time(tmp_path: Path) -> None:
    """Both get the one that was made first."""
    state, task = State(tmp_path), TaskFiles("x", tmp_path)
    (tmp_path / "requirements.txt").write_text("package\n")
    first = []

    def install(*_: object) -> None:
        first.append(programs_of(task, state, lambda *_: None, with_packages=True))
        (first[0] / "first").touch()

    assert [programs_of(task, state, install, with_packages=True)] == first
    assert (first[0] / "first").exists()


def test_an_environment_that_cannot_be_put_in_its_place_is_an_error(tmp_path: Path) -> None:
    """Unless another task has made it meanwhile; nothing half done is left."""
    state, task = State(tmp_path), TaskFiles("x", tmp_path)
    programs = programs_of(task, state, lambda *_: None, with_packages=False)
    shutil.rmtree(programs.parent)
    programs.parent.symlink_to("nowhere")

    with pytest.raises(NotADirectoryError):
        programs_of(task, state, lambda *_: None, with_packages=False)

    assert list(state.virtual_environments.iterdir()) == [programs.parent]
