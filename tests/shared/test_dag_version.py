"""Promises of the names and documents of a version of a DAG bundle."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from constructs_lib.shared import dag_version
from constructs_lib.shared.bad_input import BadInputError
from constructs_lib.shared.dag_manifest import Manifest
from constructs_lib.shared.dag_version import (
    BundleFile,
    Keys,
    check_paths,
    read_source,
    task_file,
    tasks_key,
    version_of,
)


def sha256(text: str) -> str:
    """Return the hash of *text*."""
    return hashlib.sha256(text.encode()).hexdigest()


FILE = BundleFile(sha256("x"), 1, "644", sha256("pack"))
FILES = {"dags/a.py": FILE, "tasks/hello/task.toml": replace(FILE, pack=sha256("other"))}
MANIFEST = Manifest(FILES, pushed_at="2026-01-02T03:04:05+00:00", pushed_by="me", source="commit 1")
VERSION = "0123456789abcdef0123"


def test_version_is_that_of_paths_contents_and_modes() -> None:
    """The version of the same paths, contents and modes is the same; another pack, time or user does not change it."""
    moved = {path: replace(file, pack=sha256("third")) for path, file in FILES.items()}
    others: tuple[dict[str, BundleFile], ...] = (
        {"dags/b.py": FILE},
        {**FILES, "dags/a.py": replace(FILE, sha256=sha256("y"))},
        {**FILES, "dags/a.py": replace(FILE, mode="755")},
    )

    assert MANIFEST.version == version_of(moved) == replace(MANIFEST, pushed_by="you").version
    assert len({MANIFEST.version, *map(version_of, others)}) == 1 + len(others)


def test_keys_are_below_the_prefix() -> None:
    """Objects of a bundle are below its own folder; the table of deployed task folders is above it."""
    keys = Keys("team/dags/", "etl")

    assert keys.current == "team/dags/etl/current.json"
    assert keys.manifest(VERSION) == f"team/dags/etl/versions/{VERSION}.json"
    assert keys.pack("ab") == "team/dags/etl/packs/ab.tar.gz"
    assert Keys("", "etl").folder == "etl/"
    assert tasks_key("team/dags") == "team/dags/tasks.json"
    assert task_file("hello") == "tasks/hello/task.toml"


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/passwd",
        "dags",
        "dags/",
        "dags//a.py",
        "dags/../a.py",
        "dags/./a.py",
        "../dags/a.py",
        "dags/a\n.py",
        "dags/a\\b.py",
        "dags/\ud800.py",
        f"dags/{'ä' * 128}",
        "dags/" + "x" * 200 + "/" * 1 + "/".join(["y" * 100] * 6),
        "plugins/a.py",
        "tasks/hello/app.py",
        "tasks/task.toml",
        "tasks/a/b/task.toml",
    ],
)
def test_unsafe_path_is_refused(path: str) -> None:
    """A path that leaves the version's folder, or is no file of a bundle, is refused in one sentence."""
    with pytest.raises(BadInputError, match=r"^manifest: "):
        check_paths([path], where="manifest")


def test_file_is_no_folder() -> None:
    """A path inside of another file is refused."""
    with pytest.raises(BadInputError, match=r"'dags/a/b.py' is in a folder that is a file too"):
        check_paths(["dags/a", "dags/a/b.py"], where="manifest")


def test_usual_paths_are_accepted() -> None:
    """DAG files at any depth, other files among them and definitions of tasks are accepted."""
    check_paths(
        [
            "dags/a.py",
            "dags/team/sql/größe.sql",
            "dags/.airflowignore",
            "tasks/hello/task.toml",
            "tasks/hello/Dockerfile",
        ],
        where="x",
    )


def test_source_is_hashed_with_its_mode(tmp_path: Path) -> None:
    """A user's file has its content's hash and whether it is executable; links inside the folder are followed."""
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags/a.py").write_text("x")
    (tmp_path / "dags/b.sh").symlink_to("a.py")

    assert read_source(tmp_path, "dags/a.py") == BundleFile(sha256("x"), 1, "644", "")
    (tmp_path / "dags/a.py").chmod(0o755)
    assert read_source(tmp_path, "dags/b.sh") == BundleFile(sha256("x"), 1, "755", "")


def test_odd_source_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A link to a file outside, a folder, and a file that cannot be read are one sentence each."""
    root = tmp_path / "project"
    (root / "dags").mkdir(parents=True)
    (tmp_path / "secret").write_text("x")
    (root / "dags/out.py").symlink_to("../../secret")
    (root / "dags/closed.py").write_text("x")

    def denied(_self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    with pytest.raises(BadInputError, match=r"'dags/out.py' is a link to a file outside of"):
        read_source(root, "dags/out.py")
    with pytest.raises(BadInputError, match=r"'dags' is not a regular file"):
        read_source(root, "dags")
    monkeypatch.setattr(Path, "read_bytes", denied)
    with pytest.raises(BadInputError, match=r"'dags/closed.py' cannot be read: Permission denied"):
        read_source(root, "dags/closed.py")


def test_number_of_files_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    """A version of too many files is refused with the numbers and what to do."""
    monkeypatch.setattr(dag_version, "MAX_FILES", 1)

    with pytest.raises(
        BadInputError, match="at most 1 files of 1,024 MiB together, got 2 of 0 MiB; keep data elsewhere"
    ):
        dag_version.check_size([1, 1], where="dags/")
