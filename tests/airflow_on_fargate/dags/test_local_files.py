"""Promises of what a version has of the files on this machine."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from airflow_on_fargate.dags import local_files as local_files_module
from airflow_on_fargate.dags.local_files import local_files, source
from constructs_lib.shared.bad_input import BadInputError


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    """Return a folder with one DAG file."""
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags/a.py").write_text("a")
    return tmp_path


def found(folder: Path) -> set[str]:
    """Return the paths of the version."""
    return set(local_files(folder, tasks=folder / "tasks"))


def test_files_of_tools_are_left_out(folder: Path) -> None:
    """A version lacks what the image lacks; what `.airflowignore` names stays, because DAGs may import it."""
    for path in ("dags/.git/config", "dags/x/__pycache__/a.pyc", "dags/a.py~", "dags/.DS_Store", "tasks/.x/task.toml"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).touch()
    (folder / "dags/.airflowignore").write_text("helper.py\n")
    (folder / "dags/helper.py").touch()
    (folder / "dags/wörter ☃.sql").touch()
    (folder / "tasks/hello").mkdir()
    (folder / "tasks/hello/Dockerfile").touch()
    (folder / "tasks/hello/task.toml").touch()
    (folder / "tasks/plain").mkdir()
    (folder / "tasks/plain/Dockerfile").touch()

    assert found(folder) == {
        *("dags/.airflowignore", "dags/a.py", "dags/helper.py", "dags/wörter ☃.sql"),
        # One file makes a task folder known to the DAGs: its settings, or without any its Dockerfile.
        *("tasks/hello/task.toml", "tasks/plain/Dockerfile"),
    }


def test_links_inside_are_followed(folder: Path) -> None:
    """A link to a file or a folder of `dags/` is a copy of it."""
    (folder / "dags/x").mkdir()
    (folder / "dags/x/b.py").write_text("b")
    (folder / "dags/link.py").symlink_to("a.py")
    (folder / "dags/y").symlink_to("x")

    files = local_files(folder, tasks=folder / "tasks")

    assert files["dags/link.py"] == files["dags/a.py"]
    assert files["dags/y/b.py"] == files["dags/x/b.py"]


def test_tasks_may_be_those_of_the_project(folder: Path, tmp_path: Path) -> None:
    """The DAGs of a team may be in a folder beside, and the task folders in the project."""
    tasks = tmp_path / "project/tasks"
    (tasks / "hello").mkdir(parents=True)
    (tasks / "hello/task.toml").touch()

    assert set(local_files(folder, tasks=tasks)) == {"dags/a.py", "tasks/hello/task.toml"}
    assert source("tasks/hello/task.toml", folder, tasks=tasks) == tasks / "hello/task.toml"
    assert source("dags/a.py", folder, tasks=tasks) == folder / "dags/a.py"


def remove_dags(folder: Path) -> None:
    """Remove all of `dags/`."""
    (folder / "dags/a.py").unlink()
    (folder / "dags").rmdir()


def only_text(folder: Path) -> None:
    """Leave no file that may be a DAG's."""
    (folder / "dags/a.py").rename(folder / "dags/a.txt")


@pytest.mark.parametrize(
    ("count", "mib", "sentence"),
    [
        (1, 1024**2, "'dags/0.bin' has 1,048,576 MiB; a file has at most 100 MiB; put data into a bucket"),
        (11, 100, "of 1,024 MiB together, got 12 of 1,100 MiB; keep data elsewhere"),
    ],
)
def test_a_huge_file_is_not_read(
    count: int, mib: int, sentence: str, *, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file over the limit, or many that are together, are refused by their size, without memory for the content."""
    for number in range(count):
        with (folder / f"dags/{number}.bin").open("wb") as file:
            file.truncate(mib * 1024**2)
    monkeypatch.setattr(Path, "read_bytes", None)

    with pytest.raises(BadInputError) as error:
        found(folder)

    assert str(error.value).endswith(sentence)


WRONG: list[tuple[Callable[[Path], object], str]] = [
    (remove_dags, "has no folder dags; run the command in your project, or name the folder by --folder"),
    (only_text, "dags has no DAG file, which ends with .py or .zip"),
    (lambda folder: (folder / "dags/a\nb.py").touch(), r"'dags/a\nb.py' must be a relative path of printable charac"),
    (lambda folder: (folder / "dags/a\\b.py").touch(), "has a backslash in its name, which S3"),
    (lambda folder: Path(os.fsdecode(bytes(folder / "dags") + b"/\xff.py")).touch(), "must be"),
    (lambda folder: (folder / "dags/b.py").symlink_to("/etc/hostname"), "is a link to a file outside of "),
    (lambda folder: (folder / "dags/b.py").symlink_to("gone.py"), "'dags/b.py' is not a regular file"),
    (lambda folder: (folder / "dags/x").symlink_to("/etc"), "'dags/x' is a link to a folder outside of "),
    (lambda folder: (folder / "dags/x").symlink_to("."), "'dags/x' is a link to a folder that contains it; copy the"),
    (lambda folder: os.mkfifo(folder / "dags/x"), "'dags/x' is not a regular file"),
    (lambda folder: (folder / "dags/b.bin").write_bytes(b"1234"), "'dags/b.bin' has 0 MiB; a file has at most 0 MiB"),
]


@pytest.mark.parametrize(("change", "sentence"), WRONG)
def test_what_cannot_be_pushed_is_one_sentence(
    change: Callable[[Path], object], sentence: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence names the file, and what to do."""
    monkeypatch.setattr(local_files_module, "MAX_FILE_BYTES", 3)
    change(folder)

    with pytest.raises(BadInputError) as error:
        found(folder)

    assert sentence in str(error.value)
    assert str(error.value).isprintable()
