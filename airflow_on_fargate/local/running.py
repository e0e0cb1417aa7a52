"""While the stack runs: report crashed programs, and edited files that need a restart."""

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
"""How often files and programs are checked."""


def stay(
    process: "subprocess.Popen[bytes]", supervisor: Supervisor, state: State, progress: Progress, console: Console
) -> None:
    """Report crashed programs and edited files that need a restart, until the supervisor's *process* ends."""
    ids, hint = supervisor.process_ids(), restart_hint(state, PROJECT)
    looked = time.monotonic()
    while process.poll() is None:
        progress.look()
        if time.monotonic() - looked > LOOK_SEC:
            looked = time.monotonic()
            # The supervisor may end at this moment.
            now, new_hint = ids, restart_hint(state, PROJECT)
            with suppress(OSError, xmlrpc.client.Error):
                now = supervisor.process_ids()
            for name in now:
                if name in ids and ids[name] != now[name]:
                    console.print(f"{name} crashed and was restarted; make local-logs PROCESS={name} shows why")
            if new_hint and new_hint != hint:
                console.print(new_hint, soft_wrap=True)
            ids, hint = {**ids, **now}, new_hint
        time.sleep(PAUSE_SEC)
