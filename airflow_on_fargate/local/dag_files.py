"""The files in `dags/`, as far as Airflow has read them."""

import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from airflow_on_fargate.local.airflow_api import AirflowApi
from constructs_lib.shared.bad_input import BadInputError, nearest

PAUSE_SEC = 0.5
READ_SEC = 12
"""A DAG file that has just been written is read within that time."""
PARSE_SEC = 1
"""Airflow notes the end of reading: what was written so shortly before it may have come too late."""


def wait_until_read(api: AirflowApi, folder: Path, started: float) -> None:
    """
    Wait, for a short time, until Airflow has read the files in *folder* that were written just now.

    One may hold a new DAG, or other parameters. If Airflow has just *started*, all are waited for.
    *started* is in seconds since 1970.
    """
    # The time of the change, not of the content, which a file that is moved here keeps.
    written = {str(file.relative_to(folder)): file.lstat().st_ctime for file in folder.rglob("*.py")}
    while fresh := {name: at for name, at in written.items() if time.time() < max(at, started) + READ_SEC}:
        read = api.read_times()
        if all(read.get(name, 0) > at + PARSE_SEC for name, at in fresh.items()):
            return
        time.sleep(PAUSE_SEC)


def check_dag(api: AirflowApi, dag_id: str, console: Console) -> None:
    """
    Warn of each file that is broken.

    Raises:
        BadInputError: Airflow knows no DAG of that id; which are near, and which files may hold it.

    """
    errors = api.import_errors()
    for error in errors:
        console.print(f"[yellow]warning:[/] {escape(_sentence(error))}", soft_wrap=True)
    if dag_id not in (known := api.dag_ids()):
        broken = " or ".join(f"dags/{error['filename']}" for error in errors)
        unless = f", unless in {broken}, which cannot be read" if broken else ""
        msg = f"DAG {dag_id!r} is not in dags/{unless}; {nearest(dag_id, known)}"
        raise BadInputError(msg)


def _sentence(error: Mapping[str, Any]) -> str:
    """Return file, line and reason of an import error."""
    trace = error["stack_trace"].strip()
    lines = re.findall(rf'File "[^"]*/{re.escape(error["filename"])}", line (\d+)', trace)
    where = f"dags/{error['filename']}" + (f", line {lines[-1]}," if lines else "")
    return f"{where} has no DAG that can be read: {trace.splitlines()[-1]}"
