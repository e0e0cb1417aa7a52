"""A project with DAGs, whose stage has a bucket for them in moto's AWS."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from moto import mock_aws

import stages as stages_file
from airflow_on_fargate.dags.checks import Checked, Checks
from constructs_lib.settings.dag_bundles import DagsInS3
from constructs_lib.settings.settings import Settings
from tests.airflow_on_fargate.dags.bundles import StageBucket

STAGE = Settings(stage="dev", region="eu-central-1", dags=DagsInS3())


@pytest.fixture(name="project")
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a project with two DAGs and one task folder, in which the commands run."""
    folder = tmp_path / "project"
    for path, text in {"dags/a.py": "a", "dags/sub/b.py": "b", "tasks/hello/task.toml": "cpu = 512"}.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    monkeypatch.chdir(folder)
    monkeypatch.setattr(stages_file, "STAGES", (STAGE,))
    monkeypatch.delenv("TF_STATE_BUCKET", raising=False)
    monkeypatch.delenv("GITHUB_ACTOR", raising=False)
    return folder


@pytest.fixture(name="bucket")
def _bucket(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StageBucket]:
    """Return the bucket of the deployed stage, and let every file have a DAG with its name without a look at it."""

    def run(checks: Checks, _: object) -> Checked:
        changes = checks.changes
        ids = {f"dags/{each}": [each.stem] for each in dag_files(project)}
        return Checked(ids, frozenset((*changes["added"], *changes["changed"])))

    monkeypatch.setattr(Checks, "run", run)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        yield StageBucket.deployed()


def dag_files(project: Path) -> list[Path]:
    """Return the DAG files of *project* as paths in `dags/`."""
    return sorted(file.relative_to(project / "dags") for file in (project / "dags").rglob("*.py"))
