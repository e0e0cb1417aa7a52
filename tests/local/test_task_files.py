"""Promises of where the files of a task lie when it runs as a process."""

import shutil
import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest

from airflow_on_fargate.local.state import State
from airflow_on_fargate.local.task_files import TaskFiles, _make, task_files
from constructs_lib.shared.bad_input import BadInputError
from tests.clone import Clone


@pytest.fixture(name="project")
def _project(tmp_path: Path) -> Path:
    """Return a project whose task `x` shares two folders."""
    for name, text in {
        "tasks/x/task.toml": "additional_folders = ['libs/common', 'libs/more']",
        "tasks/x/main.py": "import common; print(common.NAME)",
        "tasks/x/.dockerignore": "**/*.md",
        "libs/common/__init__.py": "NAME = 'common'",
        "libs/common/README.md": "",
        "libs/more/deep/a.txt": "",
        "libs/other/b.txt": "",
    }.items():
        Clone(tmp_path).write(name, text)
    return tmp_path


def files(project: Path, *dockerfile: str) -> TaskFiles:
    """Return the files of the task, which has this Dockerfile."""
    (project / "tasks/x/Dockerfile").write_text("\n".join(("FROM none", *dockerfile)))
    return task_files(project / "tasks/x", State(project / ".local"))


OWN = ["/app/.dockerignore", "/app/Dockerfile", "/app/main.py", "/app/task.toml"]
COMMON, MORE = "__init__.py", "deep/a.txt"


@pytest.mark.parametrize(
    ("dockerfile", "found"),
    [
        (["COPY . ."], [f"/app/libs/common/{COMMON}", f"/app/libs/more/{MORE}"]),
        (["COPY . ./"], [f"/app/libs/common/{COMMON}", f"/app/libs/more/{MORE}"]),
        (["COPY libs/common common"], [f"/app/common/{COMMON}"]),
        (["COPY ./libs/common/ common/"], [f"/app/common/{COMMON}"]),
        (["COPY --chown=0:0 libs/common libs/more /opt/all/"], [f"/opt/all/{COMMON}", f"/opt/all/{MORE}"]),
        (["COPY libs /opt/libs"], [f"/opt/libs/common/{COMMON}", f"/opt/libs/more/{MORE}"]),
        (["ADD libs/* ."], [f"/app/{COMMON}", f"/app/{MORE}"]),
        (["COPY libs/common/__init__.py ."], [f"/app/{COMMON}"]),
        (["COPY libs/common/__init__.py /app"], [f"/app/{COMMON}"]),
        (["COPY libs/common/__init__.py ../name.py"], ["/name.py"]),
        (['COPY ["libs/common", "common"]'], [f"/app/common/{COMMON}"]),
        (["ENV TO=/opt/to", 'COPY libs/common "${TO}"'], [f"/opt/to/{COMMON}"]),
        (["COPY main.py .", "RUN echo '"], []),
        (["COPY --from=other libs/common common"], []),
        (["FROM none", "WORKDIR /app", "COPY libs/common ."], [f"/app/{COMMON}"]),
        (["COPY libs/common here", "FROM none", "WORKDIR /app"], []),
        (["FROM none AS base", "WORKDIR /app", "COPY libs/common .", "FROM base"], [f"/app/{COMMON}"]),
    ],
)
def test_shared_files_are_where_the_image_has_them(project: Path, dockerfile: list[str], found: list[str]) -> None:
    """Files are where the Dockerfile copies them, and others are missing."""
    made = files(project, "WORKDIR /", "WORKDIR app", *dockerfile)
    root = made.folder.parent
    names = sorted(f"/{path.relative_to(root)}" for path in root.rglob("*") if path.is_file())

    assert made.folder == root / "app"
    assert names == sorted([*OWN, *found])


@pytest.mark.parametrize(
    ("dockerfile", "found"),
    [
        (["WORKDIR /app", "COPY libs/common /opt/common"], {"/app", "/app/main.py", "/app/new", "/opt", "/opt/common"}),
        (["COPY . ."], {"/main.py", "/libs/common"}),
    ],
)
def test_paths_of_the_image_are_found(project: Path, dockerfile: list[str], found: set[str]) -> None:
    """Paths of the image lead to the copy, and all others to this machine."""
    made = files(project, *dockerfile)
    paths = ("/app", "/app/main.py", "/app/new", "/application", "/opt", "/opt/common", "/opt/new", "/main.py", "/new")

    assert {path for path in (*paths, "/libs/common") if made.find(path) == Path(f"{made.root}{path}")} == found
    assert {path for path in (*paths, "/libs/common") if made.find(path)} == found


@pytest.mark.programs
def test_the_copy_is_made_once_for_each_content(project: Path) -> None:
    """The copy is made once for each content, and an earlier run keeps its own."""
    first = files(project, "WORKDIR /app", "COPY libs/common common")
    (first.folder / "written").touch()

    again = files(project, "WORKDIR /app", "COPY libs/common common")
    (project / "libs/common/__init__.py").write_text("NAME = 'edited'")
    edited = files(project, "WORKDIR /app", "COPY libs/common common")

    assert (again.folder / "written").exists()
    assert not (edited.folder / "written").exists()
    printed = [
        subprocess.run([sys.executable, "main.py"], cwd=made.folder, capture_output=True, text=True, check=True).stdout
        for made in (first, edited)
    ]
    assert printed == ["common\n", "edited\n"]


def test_a_task_alone_runs_where_it_is(project: Path) -> None:
    """A task without additional folders runs in its own folder."""
    (project / "tasks/x/task.toml").write_text("")

    assert files(project) == TaskFiles("x", project / "tasks/x")
    assert files(project).find("/main.py") is None


def test_a_link_that_the_image_would_miss_is_refused(project: Path) -> None:
    """A link that would be broken in the image is refused with the sentence of a deployment."""
    (project / "libs/common/link").symlink_to("../other")

    with pytest.raises(
        BadInputError, match=r"^libs/common/link is a symbolic link to '\.\./other', outside libs/common"
    ):
        files(project)


@pytest.mark.parametrize("was_made", [True, False])
def test_another_run_may_make_the_copy_at_the_same_time(project: Path, *, was_made: bool) -> None:
    """Its copy is as good; an error that has another cause is not hidden."""
    first = files(project, "WORKDIR /app")
    assert first.root
    place = {PurePosixPath("/app/main.py"): project / "tasks/x/main.py"}
    if was_made:
        _make(first.root, place)
    else:
        shutil.rmtree(first.root)
        first.root.symlink_to("nowhere")
        with pytest.raises(NotADirectoryError):
            _make(first.root, place)

    assert first.root.exists() is was_made
    assert [each.name for each in first.root.parent.iterdir()] == [first.root.name]
