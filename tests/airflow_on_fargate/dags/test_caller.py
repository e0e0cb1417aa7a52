"""Promises of the record of who has pushed, and from where."""

import subprocess
from pathlib import Path

import pytest

from airflow_on_fargate.dags.caller import source_of


def git(folder: Path, *words: str) -> str:
    """Run git, with a name of nobody."""
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    return subprocess.run(
        ["git", "-C", folder, *identity, *words],  # noqa: S607 wherever it is
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()


def test_the_source_is_the_commit(tmp_path: Path) -> None:
    """The source is the commit, with a plus sign if files differ from it; without Git it is empty."""
    assert source_of(tmp_path) == ""
    git(tmp_path, "init", "--quiet")
    (tmp_path / "a.py").touch()
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "x")
    commit = git(tmp_path, "rev-parse", "HEAD")

    assert source_of(tmp_path) == commit
    (tmp_path / "b.py").touch()
    assert source_of(tmp_path) == f"{commit}+"


def test_a_machine_without_git_has_no_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A push needs no git."""
    monkeypatch.setenv("PATH", str(tmp_path))

    assert source_of(tmp_path) == ""
