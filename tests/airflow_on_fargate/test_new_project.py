"""Promises of `airflow-fargate init`."""

from pathlib import Path

import pytest

from airflow_on_fargate import new_project as program
from airflow_on_fargate.new_project import new_project
from airflow_on_fargate.project_samples import SAMPLES
from constructs_lib.push_image import product_files
from constructs_lib.shared.bad_input import BadInputError
from tests.clone import PROJECT


def files(folder: Path) -> set[str]:
    """Return the paths of all files below *folder*."""
    return {str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file()}


def test_a_project_has_only_the_users_files(tmp_path: Path) -> None:
    """A project has the samples and the template, with their real names, and no file of the product."""
    output = new_project(tmp_path / "my airflow")
    made = files(tmp_path / "my airflow")

    assert {"README.md", "cdktf.json", "pyproject.toml", "requirements.txt", ".gitignore"} <= made
    assert {path for path in SAMPLES if (PROJECT / SAMPLES[path]).is_file()} <= made
    assert not {each.partition("/")[0] for each in made} & {"airflow_on_fargate", "constructs_lib", "docker"}
    assert f"cd '{tmp_path}/my airflow'\n" in output
    assert sorted(each.name for each in tmp_path.iterdir()) == ["my airflow"]


def test_an_empty_folder_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that is empty, but for what tools have made, stays the same folder, in which a shell may be."""
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".git").mkdir()
    before = tmp_path.stat().st_ino
    monkeypatch.chdir(tmp_path)
    output = new_project(Path())

    assert tmp_path.stat().st_ino == before
    assert {each.name for each in tmp_path.iterdir()} >= {"main.py", "stages.py", "tests"}
    assert not list(tmp_path.glob(".new-*"))
    assert output.startswith(f"Created {tmp_path}. Next:")


@pytest.mark.parametrize(
    ("folder", "name"), [("Team Data!", "team-data"), ('x"] name = "y', "x-name-y"), ("---", "airflow")]
)
def test_the_name_is_that_of_a_python_project(tmp_path: Path, folder: str, name: str) -> None:
    """Any name of a folder gives a name that pyproject.toml may have."""
    new_project(tmp_path / folder)

    assert f'\nname = "{name}"\n' in (tmp_path / folder / "pyproject.toml").read_text()


def test_a_copy_can_be_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user can write to all files, also if those of the package are read-only."""
    source = tmp_path / "read-only.py"
    source.write_text("PROJECT_NAME")
    source.chmod(0o444)
    monkeypatch.setattr(program, "_files", lambda: [("main.py", source)])
    new_project(tmp_path / "new")

    assert (tmp_path / "new/main.py").stat().st_mode & 0o200
    assert (tmp_path / "new/main.py").read_text() == "new"


@pytest.mark.parametrize(
    ("folder", "sentence"),
    [
        ("full", "{} is not empty, it has kept.txt; choose a folder that does not exist, or an empty one"),
        ("full/kept.txt", "{} is a file; choose a folder that does not exist, or an empty one"),
        ("absent/new", "{0.parent} does not exist; create it, or choose another folder"),
    ],
)
def test_a_folder_that_cannot_be_used_is_refused(tmp_path: Path, folder: str, sentence: str) -> None:
    """A folder with files, a file, and a folder without a parent are one sentence, and nothing is written."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full/kept.txt").touch()

    with pytest.raises(BadInputError) as refused:
        new_project(tmp_path / folder)

    assert str(refused.value) == sentence.format(tmp_path / folder)
    assert files(tmp_path) == {"full/kept.txt"}


def test_a_name_with_a_line_break_is_refused(tmp_path: Path) -> None:
    """The commands that come next could not be copied from a terminal."""
    with pytest.raises(BadInputError, match=r"^FOLDER must be a path, got .*my\\nairflow': it has characters that"):
        new_project(tmp_path / "my\nairflow")

    assert files(tmp_path) == set()


@pytest.mark.parametrize("is_new", [True, False])
def test_a_failure_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_new: bool) -> None:
    """If a file cannot be written, no other file stays."""
    project = tmp_path / "new"
    if not is_new:
        project.mkdir()
    monkeypatch.setattr(program, "_files", lambda: [("main.py", PROJECT / "main.py"), ("x", PROJECT / "absent")])

    with pytest.raises(BadInputError, match="cannot be created: No such file"):
        new_project(project)

    assert [each.name for each in tmp_path.rglob("*")] == ([] if is_new else ["new"])


def test_a_wheel_has_the_samples_in_its_template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The samples of an installed package are in the template, where the build has put them."""
    packages = tmp_path / "packages"
    (packages / product_files.IMAGE).mkdir(parents=True)
    # pip compiles what it installs.
    (packages / "airflow_on_fargate/project_template/dags/__pycache__").mkdir(parents=True)
    (packages / "airflow_on_fargate/project_template/dags/__pycache__/test_dag.cpython-312.pyc").touch()
    (packages / "airflow_on_fargate/project_template/dags/test_dag.py").write_text("PACKAGE_VERSION")
    distribution = packages / "airflow_on_fargate-7.dist-info"
    distribution.mkdir()
    (distribution / "METADATA").write_text("Metadata-Version: 2.4\nName: airflow-on-fargate\nVersion: 7\n")
    monkeypatch.syspath_prepend(packages)
    for module in ("airflow_on_fargate.new_project", "constructs_lib.version", product_files.__name__):
        monkeypatch.setattr(f"{module}.PACKAGES", packages)
    new_project(tmp_path / "new")

    assert files(tmp_path / "new") == {"dags/test_dag.py"}
    assert (tmp_path / "new/dags/test_dag.py").read_text() == "7"
    assert product_files.product_file("docker/airflow_fargate") == packages / "airflow_fargate"
