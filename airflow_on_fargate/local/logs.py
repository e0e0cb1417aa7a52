"""Show the output of the stack's programs from `.local/logs`."""

import time
from contextlib import suppress

from rich.console import Console

from airflow_on_fargate.local.output import Output
from airflow_on_fargate.local.state import State
from airflow_on_fargate.local.supervisor import Supervisor
from constructs_lib.shared.bad_input import BadInputError, nearest, shown

LINES = 100
"""How many lines of each file are shown before new ones."""
PAUSE_SEC = 0.2


def show_logs(state: State, process: str | None, console: Console) -> None:
    """
    Print the last lines of the program *process*, or of all, then new lines until Ctrl-C or the stack's end.

    Raises:
        BadInputError: there is no log, or none of that program.

    """
    files = {file.stem: file for file in sorted(state.logs.glob("*.log"))}
    if not files:
        msg = f"there is no log in {state.logs}; make local starts the stack"
        raise BadInputError(msg)
    if process and process not in files:
        msg = f"PROCESS {shown(process)} has no log in {state.logs}; {nearest(process, files)}"
        raise BadInputError(msg)
    output = Output({process: files[process]} if process else files, console, last=LINES)
    supervisor = Supervisor(state)
    with suppress(KeyboardInterrupt):
        output.show()
        while supervisor.is_running():
            time.sleep(PAUSE_SEC)
            output.show()
