"""Report the progress of `make local`: the start, then crashed programs and files that need a restart."""

import time
import xmlrpc.client
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from rich.console import Console

from airflow_on_fargate.advice import advised
from airflow_on_fargate.local.output import Output
from airflow_on_fargate.local.restart import restart_hint
from airflow_on_fargate.local.state import State
from airflow_on_fargate.local.supervisor import Supervisord
from airflow_on_fargate.project import project_folder

if TYPE_CHECKING:
    import subprocess

PAUSE_SEC = 0.2
LOOK_SEC = 2
"""How often files and programs are checked."""
LAST_LINES = 20
"""How many lines of a program that does not start are shown; its log file has all."""


@contextmanager
def phase(console: Console, began: float, action: str, result: str) -> Iterator[None]:
    """Show the *action* on a terminal while it lasts, then print the *result* with the seconds since *began*."""
    with console.status(action):
        yield
    console.print(f"{time.monotonic() - began:6.1f} s  {result}", soft_wrap=True)


class Progress:
    """Shows the progress of a start that *began* at a monotonic time; if *verbose*, all *output* too."""

    def __init__(self, console: Console, output: Output, *, began: float, verbose: bool = False) -> None:
        self._console = console
        self._output = output
        self._verbose = verbose
        self._began = began

    @contextmanager
    def waiting(self, program: str, end: str) -> Iterator[None]:
        """Show on a terminal that the start waits for *program*, then print that it reached the *end*."""
        with phase(self._console, self._began, f"Waiting for {program}", f"{program} {end}"):
            yield

    def look(self) -> None:
        """If verbose, show what the programs have printed since the last call."""
        if self._verbose:
            self._output.show()

    def show_last(self, program: str) -> None:
        """Show the last lines of a *program*, or in verbose mode what was not shown yet."""
        if self._verbose:
            self._output.show()
        else:
            self._output.show_last(program, LAST_LINES)


def stay(
    process: "subprocess.Popen[bytes]", supervisor: Supervisord, state: State, progress: Progress, console: Console
) -> None:
    """Report crashed programs and edited files that need a restart, until the supervisor's *process* ends."""
    ids, hint = _process_ids(supervisor, {}), restart_hint(state, project_folder())
    looked = time.monotonic()
    while process.poll() is None:
        progress.look()
        if time.monotonic() - looked > LOOK_SEC:
            looked = time.monotonic()
            now, new_hint = _process_ids(supervisor, ids), restart_hint(state, project_folder())
            for name in now:
                if name in ids and ids[name] != now[name]:
                    console.print(f"{name} crashed and was restarted; {advised('local logs', program=name)} shows why")
            if new_hint and new_hint != hint:
                console.print(new_hint, soft_wrap=True)
            ids, hint = {**ids, **now}, new_hint
        time.sleep(PAUSE_SEC)


def _process_ids(supervisor: Supervisord, last: dict[str, int]) -> dict[str, int]:
    """Return the process id of every program that runs, or *last* if the supervisor ends at this moment."""
    found = last
    with suppress(OSError, xmlrpc.client.Error):
        found = supervisor.process_ids()
    return found
