"""Promises of the push when a stage starts on this machine."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from airflow_on_fargate.local.first_push import push_first
from airflow_on_fargate.local.push_hint import push_hint
from constructs_lib.settings import DagsInS3, Settings
from constructs_lib.shared.dag_manifest import Manifest, Pointer
from constructs_lib.shared.dag_version import Keys
from tests.local.aws.endpoint import Endpoint

BUCKET = "airflow-dev-dags-123456789012-us-east-1"
KEYS = Keys("dags", "dags")


@pytest.fixture(name="project")
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project with a DAG and a task, in which the commands run."""
    monkeypatch.chdir(tmp_path)
    for name, text in {"dags/one.py": "one", "tasks/counts/task.toml": "cpu = 256"}.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True)
        file.write_text(text)
    return tmp_path


def push(endpoint: Endpoint, **settings: object) -> str:
    """Push as the start of the stack does, and return what it prints."""
    output = io.StringIO()
    console = Console(file=output, width=200)
    push_first(
        Settings.model_validate({"stage": "dev", **settings}), endpoint.state, endpoint.machine.endpoint, console
    )
    return output.getvalue()


def test_the_files_of_the_project_become_the_current_version(endpoint: Endpoint, project: Path) -> None:
    """A start pushes the DAGs and the settings of tasks, again only if a file has changed."""
    s3 = endpoint.client("s3")
    s3.create_bucket(Bucket=BUCKET)

    def current() -> Pointer:
        return Pointer.read(s3.get_object(Bucket=BUCKET, Key=KEYS.current)["Body"].read(), where="")

    for _ in range(2):
        assert push(endpoint, dags=DagsInS3()) == ""
    [switch] = current().history
    manifest = s3.get_object(Bucket=BUCKET, Key=KEYS.manifest(switch.version))["Body"].read()
    assert [*Manifest.read(manifest, where="").files] == ["dags/one.py", "tasks/counts/task.toml"]

    assert push_hint(endpoint.state, project) is None
    (project / "dags/one.py").write_text("two")
    assert push_hint(endpoint.state, project) == (
        f"the files in dags/ or a task.toml are not those of the current version {switch.version}:"
        " airflow-fargate dags push --stage dev --local pushes them"
    )
    push(endpoint, dags=DagsInS3())
    assert len(current().history) == 2


def test_of_several_bundles_nobody_knows_what_each_contains(endpoint: Endpoint, project: Path) -> None:
    """With several bundles in S3, the start pushes none and prints the command; without one it does nothing."""
    endpoint.state.aws_fault.write_text(json.dumps({"target": "S3.", "error": "AccessDenied", "status": 403}))
    try:
        printed = push(endpoint, dags={"team_a": DagsInS3(), "team_b": DagsInS3()})
        assert endpoint.state.dag_bundle.exists()
        assert push_hint(endpoint.state, project) is None
        assert push(endpoint) == ""
        assert not endpoint.state.dag_bundle.exists()
        assert push_hint(endpoint.state, project) is None
    finally:
        endpoint.state.aws_fault.unlink()

    assert printed == (
        "Each of the bundles team_a, team_b is as it was;"
        " airflow-fargate dags push --stage dev --bundle NAME --local changes it\n"
    )
