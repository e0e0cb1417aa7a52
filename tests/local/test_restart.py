from collections.abc import Callable
from pathlib import Path

import pytest

from airflow_on_fargate.local.restart import note_start, restart_hint
from airflow_on_fargate.local.state import State

CHANGED = "has changed: restart with airflow-fargate local down and airflow-fargate local up to use the new version"
"""The end of the sentence about a file that is read only at the start."""


@pytest.fixture(name="project")
def _project(tmp_path: Path) -> Path:
    """Return a project with a plugin and a task."""
    for file in ("plugins/menu.py", "tasks/report/main.py", "tasks/report/task.toml", "stages.py"):
        path = tmp_path / "project" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    return tmp_path / "project"


def hint(project: Path, change: Callable[[], object], *, containers: bool) -> str | None:
    """Return the hint after a *change*."""
    state = State(project.parent / "state")
    state.make()
    note_start(state, project, containers=containers)
    assert restart_hint(state, project) is None
    change()
    return restart_hint(state, project)


@pytest.mark.parametrize(
    "file",
    ["plugins/menu.py", "plugins/new.py", "tasks/report/task.toml", "requirements.txt", "stages.py"],
)
def test_what_is_read_at_the_start_is_named_when_it_changes(project: Path, file: str) -> None:
    """A changed or new file that is read at the start is named with what to do."""
    sentence = hint(project, lambda: (project / file).write_text("changed"), containers=False)

    assert sentence == f"{file} {CHANGED}"


def test_a_new_task_needs_a_restart(project: Path) -> None:
    """A new or removed task folder needs a restart."""
    assert hint(project, (project / "tasks/new").mkdir, containers=False) == (f"tasks/new/ {CHANGED}")
    assert hint(project, (project / "tasks/new").rmdir, containers=False) == (f"tasks/new/ {CHANGED}")


@pytest.mark.parametrize(
    ("containers", "sentence"),
    [(False, None), (True, "tasks/report/main.py has changed: restart with airflow-fargate local down")],
)
def test_a_tasks_program_counts_at_once_unless_it_is_in_an_image(
    project: Path, *, containers: bool, sentence: str | None
) -> None:
    """A task's changed program needs a restart only with containers."""
    found = hint(project, lambda: (project / "tasks/report/main.py").write_text("changed"), containers=containers)

    assert (found or "").startswith(sentence or "")
    assert bool(found) is containers


def test_many_changes_are_one_sentence(project: Path) -> None:
    """Many changes are one sentence with the first files and the number of others."""

    def change() -> None:
        for name in "abcde":
            (project / f"plugins/{name}.py").touch()
        (project / "plugins/__pycache__").mkdir()
        (project / "plugins/__pycache__/a.pyc").touch()

    sentence = hint(project, change, containers=False)

    assert sentence is not None
    assert sentence.startswith("plugins/a.py, plugins/b.py, plugins/c.py and 2 more have changed: restart ")


def test_a_stack_that_did_not_start_gets_no_hint(project: Path, tmp_path: Path) -> None:
    """A stack that was not started gets no hint."""
    assert restart_hint(State(tmp_path), project) is None
