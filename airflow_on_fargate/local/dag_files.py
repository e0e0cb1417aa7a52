"""Check which files in `dags/` Airflow has parsed."""

import time
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from airflow_on_fargate.dags.import_error import import_error
from airflow_on_fargate.local.airflow_api import AirflowApi
from constructs_lib.shared.bad_input import BadInputError, nearest

PAUSE_SEC = 0.5
READ_SEC = 12
"""Airflow parses an edited DAG file within this time."""
PARSE_SEC = 1
"""Airflow records when parsing ended, so an edit shortly before that may have been missed."""


def wait_until_read(api: AirflowApi, folder: Path, started: float) -> None:
    """
    Wait a short time until Airflow has parsed the files in *folder* that were just edited.

    They may have a new DAG or new parameters. If Airflow has just *started*, in seconds since 1970, wait for all files.
    """
    # st_ctime, because a file that is moved here keeps its st_mtime.
    written = {str(file.relative_to(folder)): file.lstat().st_ctime for file in folder.rglob("*.py")}
    while fresh := {name: at for name, at in written.items() if time.time() < max(at, started) + READ_SEC}:
        read = api.read_times()
        if all(read.get(name, 0) > at + PARSE_SEC for name, at in fresh.items()):
            return
        time.sleep(PAUSE_SEC)


def check_dag(api: AirflowApi, dag_id: str, console: Console) -> None:
    """
    Warn about each file that cannot be imported.

    Raises:
        BadInputError: Airflow has no DAG of that id. The sentence names similar ones, and files that may have it.

    """
    errors = api.import_errors()
    for error in errors:
        console.print(
            f"[yellow]warning:[/] {escape(import_error(error['filename'], error['stack_trace']))}", soft_wrap=True
        )
    if dag_id not in (known := api.dag_ids()):
        broken = " or ".join(f"dags/{error['filename']}" for error in errors)
        unless = f", unless in {broken}, which cannot be imported" if broken else ""
        msg = f"DAG {dag_id!r} is not in dags/{unless}; {nearest(dag_id, known)}"
        raise BadInputError(msg)
