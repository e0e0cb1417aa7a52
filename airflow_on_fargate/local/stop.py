"""Stop the stack on this machine, and remove containers that were left after a crash."""

import shutil
import time

import psutil
from rich.console import Console

from airflow_on_fargate.advice import advised
from airflow_on_fargate.interruption import after_interrupt
from airflow_on_fargate.local.docker import PROCESS, TASK, remove_containers
from airflow_on_fargate.local.state import State
from airflow_on_fargate.local.supervisor import Supervisord
from constructs_lib.shared.bad_input import BadInputError

SLOW_SEC = 5
"""After this time the programs that still run are named."""


def stop(state: State, console: Console) -> None:
    """
    Stop all programs, print which have stopped, and wait for running tasks as long as ECS would.

    Raises:
        BadInputError: nothing runs.

    """
    state.ready.unlink(missing_ok=True)
    supervisor = Supervisord(state)
    if running := supervisor.is_running():
        shut_down(supervisor, console)
    # If `docker run` was killed, its container still runs.
    if not (remove_containers(state, PROCESS, TASK) or running):
        msg = f"the stack does not run; {advised('local up')} starts it"
        raise BadInputError(msg)


def shut_down(supervisor: Supervisord, console: Console) -> None:
    """
    Stop the programs of *supervisor*, and print which have stopped, and which are slow to stop.

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
            console.print(
                f"Waiting for {', '.join(limits)}; a worker finishes its tasks first, as on ECS", soft_wrap=True
            )

    with after_interrupt(f"the programs continue to stop; {advised('local down')} waits for them again"):
        supervisor.shut_down(look=look)
    look()


def forget(state: State, console: Console) -> None:
    """
    Remove all data of the stack, which must not run, except the file of secrets, which the user has written.

    Raises:
        BadInputError: a file cannot be removed.

    """
    if not state.folder.exists():
        console.print("There is no data to delete")
        return
    for each in state.folder.iterdir():
        if each.is_dir() and not each.is_symlink():
            shutil.rmtree(each, ignore_errors=True)
        elif each != state.user_secrets:
            each.unlink()
    left = set(state.folder.iterdir())
    if left == {state.user_secrets}:
        console.print(f"Deleted all data except {state.user_secrets}, which you have written", soft_wrap=True)
    elif not left:
        state.folder.rmdir()
        console.print("Deleted all data of the stack")
    else:
        msg = (
            f"{state.folder} cannot be deleted completely: containers wrote files in it as another user;"
            f" delete it with: sudo rm -r {state.folder}"
        )
        raise BadInputError(msg)
