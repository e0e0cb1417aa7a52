"""Detect files that were edited after the last push to the bundle of the local stack."""

from pathlib import Path

from airflow_on_fargate.advice import advised
from airflow_on_fargate.dags.local_files import local_files
from airflow_on_fargate.local.state import State, read_json
from constructs_lib.shared.dag_manifest import Pointer
from constructs_lib.shared.dag_version import TASKS, version_of


def push_hint(state: State, project: Path) -> str | None:
    """
    Return a sentence if the current version of the stage's bundle is not what *project* has, or None.

    Raises:
        BadInputError: there is no DAG, or a file cannot be a part of a version.

    """
    kept = read_json(state.dag_bundle)
    if not kept or not kept["pointer"]:
        return None
    current = Pointer.read((state.objects / kept["pointer"]).read_bytes(), where=kept["pointer"]).version
    if version_of(local_files(project, tasks=project / TASKS)) == current:
        return None
    push = advised("dags push", kept["stage"], local=True)
    return f"the files in dags/ or a task.toml are not those of the current version {current}: {push} pushes them"
