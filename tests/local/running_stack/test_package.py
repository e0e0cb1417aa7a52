"""The stack on this machine, in a project that depends on the wheel."""

import json
from pathlib import Path

import pytest

from tests.package.installed import Installed, build

pytestmark = pytest.mark.local


def test_the_sample_runs_in_a_project(tmp_path: Path) -> None:
    """`local up` starts the stack with the image's files from the package, and the sample DAG succeeds in it."""
    installed = Installed.with_project(tmp_path, build(tmp_path / "dist"))
    try:
        installed.succeed("airflow-fargate", "local", "up", "--detach")
        output = installed.succeed("airflow-fargate", "local", "run", "Test_Dag")
        ready = json.loads((installed.project / ".local/ready.json").read_text())
    finally:
        installed.run("airflow-fargate", "local", "down")

    assert "on_worker_task" in output
    assert ready["password_file"] == ".local/admin_password"
    assert not (installed.project / "docker").exists()
