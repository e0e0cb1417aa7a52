from pathlib import Path

import pytest

from airflow_on_fargate.local.requirements import digest_of


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    """Return the folder of a task that asks for packages in folders and for what other files ask for."""
    folder = tmp_path / "task"
    for path, text in {
        "requirements.txt": "toolz==1.0.0  # ./not_this\n-e ./editable\nname[extra] @ file:plain\n-r more/other.txt\n",
        "more/other.txt": "./third[extra]\n--constraint=limits.txt\n-r ../requirements.txt\n",
        "more/limits.txt": "celery<6\n",
        **{f"{name}/pyproject.toml": "[project]\n" for name in ("editable", "plain", "third", "not_this")},
        "main.py": "print()\n",
    }.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


@pytest.mark.parametrize(
    "path",
    [
        *("requirements.txt", "more/other.txt", "more/limits.txt"),
        *("editable/pyproject.toml", "plain/new.py", "third/sub/folder/new.py"),
    ],
)
def test_what_is_asked_for_counts(folder: Path, path: str) -> None:
    """The digest covers files and packages on this machine, also those that another file names."""
    before = digest_of(folder / "requirements.txt")

    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    with (folder / path).open("a") as file:
        file.write("# edited\n")

    assert digest_of(folder / "requirements.txt") != before


@pytest.mark.parametrize(
    "path", ["main.py", "not_this/pyproject.toml", "plain/build/x.py", "plain/src/plain.egg-info/PKG-INFO"]
)
def test_what_is_not_asked_for_does_not(folder: Path, path: str) -> None:
    """The digest covers neither the task's own code nor the remains of an installation."""
    before = digest_of(folder / "requirements.txt")

    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text("# edited\n")

    assert digest_of(folder / "requirements.txt") == before


@pytest.mark.parametrize(("text", "same"), [("toolz==1.0.0\n", True), ("./package\n", False)])
def test_a_folder_counts_where_a_file_is_named(tmp_path: Path, *, text: str, same: bool) -> None:
    """Tasks with equal requirements share packages unless a named file differs."""
    digests = set()
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "requirements.txt").write_text(text)
        digests.add(digest_of(tmp_path / name / "requirements.txt"))

    assert (len(digests) == 1) is same


def test_no_file_asks_for_nothing(tmp_path: Path) -> None:
    """Without a requirements.txt the digest is that of an empty one."""
    file = tmp_path / "requirements.txt"
    before = digest_of(file)
    file.touch()

    assert digest_of(file) == before
