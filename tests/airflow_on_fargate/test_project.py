"""Promises of the user's project."""

import sys
from pathlib import Path

import pytest

from airflow_on_fargate.project import project_folder, use_project


def test_a_command_works_on_the_folder_that_it_runs_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The project is the current folder, and Python finds its modules once."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    use_project(project_folder())
    use_project(project_folder())

    assert project_folder() == tmp_path
    assert sys.path.count(str(tmp_path)) == 1
    assert sys.path[0] == str(tmp_path)
