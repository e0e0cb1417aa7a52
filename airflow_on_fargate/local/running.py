"""The time in which the stack runs: what is worth a line to the one who has started it."""

import time
import xmlrpc.client
from contextlib import suppress
from typing import TYPE_CHECKING

from rich.console import Console

from airflow_on_fargate.local.progress import Progress
from airflow_on_fargate.local.restart import restart_hint
from airflow_on_fargate.local.state import PROJECT, State
from airflow_on_fargate.local.supervisor import Supervisor

if TYPE_CHECKING:
    import subprocess

PAUSE_SEC = 0.2
LOOK_SEC = 2
"""Between two looks at files and programs."""


def stay(
    process: "subprocess.Popen[bytes]", supervisor: Supervisor, state: State, progress: Progress, console: Console
) -> None:
    """Return when the supervisor's *process* ends; say meanwhile what has crashed, and what counts after a restart."""
    ids, hint = supervisor.process_ids(), restart_hint(state, PROJECT)
    looked = time.monotonic()
    while process.poll() is None:
        progress.look()
        if time.monotonic() - looked > LOOK_SEC:
            looked = time.monotonic()
            # It may end at this moment.
            now, told = ids, restart_hint(state, PROJECT)
            with suppress(OSError, xmlrpc.client.Error):
                now = supervisor.process_ids()
            for name in now:
                if name in ids and ids[name] != now[name]:
                    console.print(f"{name} ended and runs again; make local-logs PROCESS={name} shows why")
            if told and told != hint:
                console.print(told, soft_wrap=True)
            ids, hint = {**ids, **now}, told
        time.sleep(PAUSE_SEC)
