"""Push the project's DAGs to the local S3 when a stage with a DAG bundle starts."""

from rich.console import Console

from airflow_on_fargate.advice import advised
from airflow_on_fargate.dags.caller import pushed_by
from airflow_on_fargate.dags.clients import Clients
from airflow_on_fargate.dags.local_files import local_files
from airflow_on_fargate.dags.push import Push
from airflow_on_fargate.dags.stage_bundle import StageBundle
from airflow_on_fargate.dags.versions import Versions
from airflow_on_fargate.local.bundles_of_stack import note_bundles
from airflow_on_fargate.local.state import State
from airflow_on_fargate.project import project_folder
from constructs_lib.settings.dag_bundles import s3_bundles
from constructs_lib.settings.settings import Settings
from constructs_lib.shared.dag_version import TASKS, version_of

NOTE = "start of the local stack"


def push_first(settings: Settings, state: State, endpoint: str, console: Console) -> None:
    """
    Make the files of the project the current version of the stage's bundle in S3, if it has one and it differs.

    They are not checked: the UI shows import errors. Of several bundles, the user must choose what each contains.

    Raises:
        BadInputError: there is no DAG, or a file cannot be a part of a version.

    """
    bundles, project = s3_bundles(settings.dags), project_folder()
    note_bundles(settings, state, pointer=None)
    if len(bundles) > 1:
        push = advised("dags push", settings.stage, bundle="NAME", local=True)
        console.print(f"Each of the bundles {', '.join(bundles)} is as it was; {push} changes it")
    if len(bundles) != 1:
        return
    bundle = StageBundle.find(settings, None)
    clients = Clients.of_owner(state, endpoint, settings.region)
    versions = Versions.open(bundle, clients)
    pointer = f"{versions.bucket.name}/{versions.keys.current}"
    note_bundles(settings, state, pointer=pointer)
    files, current = local_files(project, tasks=project / TASKS), versions.replaceable()
    version = version_of(files)
    if current.version == version:
        return
    Push(
        versions=versions,
        current=current,
        files=files,
        folder=project,
        tasks=project / TASKS,
        dags=None,
        pushed_by=pushed_by(clients),
        source=str(project),
        note=NOTE,
    ).run(version, versions.undamaged(current.version) if current.version else None, console)
