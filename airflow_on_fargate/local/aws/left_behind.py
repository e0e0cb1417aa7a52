"""What runs for tasks, written down, so that a server that starts after a crash ends what the crash has left."""

import os
import signal
from contextlib import suppress
from pathlib import Path

import psutil

from airflow_on_fargate.local.docker import TASK, remove_containers
from airflow_on_fargate.local.state import State


def write_down(folder: Path, process: int) -> Path:
    """Write a file in *folder* that tells the *process*, by its id and when it began, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / str(process)
    # It may have ended already.
    with suppress(psutil.NoSuchProcess):
        file.write_text(str(psutil.Process(process).create_time()), encoding="utf-8")
    return file


def end_left_behind(state: State, *, containers: bool) -> None:
    """
    End the tasks of a server that was killed: this one does not know them, and Airflow starts them anew.

    `containers`: those in Docker, too.
    """
    for file in state.running_tasks.glob("*"):
        with suppress(psutil.NoSuchProcess, ProcessLookupError):
            # Another process may have that id by now.
            if str(psutil.Process(int(file.name)).create_time()) == file.read_text(encoding="utf-8"):
                os.killpg(int(file.name), signal.SIGKILL)
        file.unlink(missing_ok=True)
    if containers:
        remove_containers(state, TASK)
