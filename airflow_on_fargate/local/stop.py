"""Stop the stack on this machine, and remove what a crash of it has left behind."""

import shutil
import time

import psutil
from rich.console import Console

from airflow_on_fargate.local.docker import PROCESS, TASK, remove_containers
from airflow_on_fargate.local.state import State
from airflow_on_fargate.local.supervisor import Supervisor
from constructs_lib.shared.bad_input import BadInputError

SLOW_SEC = 5
"""After which what is still waited for is named."""


def stop(state: State, console: Console) -> None:
    """
    Stop everything, and say what has stopped; what runs on is waited for as long as ECS would.

    Raises:
        BadInputError: nothing runs.

    """
    state.ready.unlink(missing_ok=True)
    supervisor = Supervisor(state)
    if running := supervisor.is_running():
        shut_down(supervisor, console)
    # Also when a process was killed: that ends `docker run`, and the container behind it goes on.
    if not (remove_containers(state, PROCESS, TASK) or running):
        msg = "nothing runs; make local starts it"
        raise BadInputError(msg)


def shut_down(supervisor: Supervisor, console: Console) -> None:
    """
    Stop the programs of *supervisor*, and say which have stopped, and which take their time.

    Raises:
        TimeoutError: they do not end.

    """
    began, waits = time.monotonic(), supervisor.process_ids()
    slow = False

    def look() -> None:
        nonlocal slow
        for name in [name for name, process in waits.items() if not psutil.pid_exists(process)]:
            del waits[name]
            console.print(f"{time.monotonic() - began:6.1f} s  {name} has stopped")
        if waits and not slow and time.monotonic() - began > SLOW_SEC:
            slow = True
            limits = (f"{name} (at most {supervisor.stop_timeout_sec(name)} s)" for name in waits)
            console.print(f"Waiting for {', '.join(limits)}; what a worker runs may end, as on ECS", soft_wrap=True)

    supervisor.shut_down(look=look)
    look()


def forget(state: State, console: Console) -> None:
    """
    Remove all that the stack, which does not run, has kept; what the user has written, the secrets, stays.

    Raises:
        BadInputError: something cannot be removed.

    """
    if not state.folder.exists():
        return
    for each in state.folder.iterdir():
        if each.is_dir() and not each.is_symlink():
            shutil.rmtree(each, ignore_errors=True)
        elif each != state.user_secrets:
            each.unlink()
    left = set(state.folder.iterdir())
    if left == {state.user_secrets}:
        console.print(f"{state.user_secrets} is kept, because you have written it", soft_wrap=True)
    elif not left:
        state.folder.rmdir()
    else:
        msg = (
            f"not all of {state.folder} can be removed: what containers have written belongs to their user;"
            f" sudo rm -r {state.folder} removes it"
        )
        raise BadInputError(msg)
