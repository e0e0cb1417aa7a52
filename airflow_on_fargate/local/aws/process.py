"""The process or container of a task, with all its children; a restarted server ends those that a crash left."""

import os
import shutil
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
from typing_extensions import override

from airflow_on_fargate.local.docker import TASK, remove_containers
from airflow_on_fargate.local.launch import CannotStartError, Launch
from airflow_on_fargate.local.state import State

LINES_KEPT = 20
OUTPUT_LIMIT_SEC = 2
PAUSE_SEC = 0.2


def write_down(folder: Path, process: int) -> Path:
    """Record the *process* in *folder*, as a file with its id and its start time, and return the file."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / str(process)
    # It may have ended already.
    with suppress(psutil.NoSuchProcess):
        file.write_text(str(psutil.Process(process).create_time()), encoding="utf-8")
    return file


def end_left_behind(state: State, *, containers: bool) -> None:
    """
    Kill the tasks that a crashed server left: this one does not know them, and Airflow starts them again.

    With *containers* the tasks in Docker are removed too.
    """
    for file in state.running_tasks.glob("*"):
        with suppress(psutil.NoSuchProcess, ProcessLookupError):
            # The id may belong to another process now.
            if str(psutil.Process(int(file.name)).create_time()) == file.read_text(encoding="utf-8"):
                os.killpg(int(file.name), signal.SIGKILL)
        file.unlink(missing_ok=True)
    if containers:
        remove_containers(state, TASK)


class Process:
    """
    Runs the command of *launch* in its own process group; *write* gets each line of its output.

    A file in the folder *running* records it while it runs.

    Raises:
        CannotStartError: there is no such program.

    """

    def __init__(self, launch: Launch, write: Callable[[str], None], running: Path) -> None:
        self.launch = launch
        self._write = write
        self.last_lines: deque[str] = deque(maxlen=LINES_KEPT)
        self._lock = threading.Lock()
        self.has_ended = False
        self._process = subprocess.Popen(
            [_program(launch), *launch.command[1:]],
            cwd=launch.folder,
            env=launch.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        self._written_down = write_down(running, self._process.pid)
        self._output = threading.Thread(target=self._read, daemon=True)
        self._output.start()

    @property
    def session(self) -> int:
        """The id of the session of all its processes."""
        return self._process.pid

    def wait(self) -> int:
        """Wait for its end, and return the exit code as ECS reports it: 128 plus the number of a signal."""
        # WNOWAIT keeps the process as a zombie, so that no other process group gets its id.
        os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT)
        with self._lock:
            self.has_ended = True
            self._signal_group(signal.SIGKILL)
            self._written_down.unlink(missing_ok=True)
            code = self._process.wait()
        # A process that left the group may keep the output open.
        self._output.join(OUTPUT_LIMIT_SEC)
        return 128 - code if code < 0 else code

    def send_signal(self, number: signal.Signals) -> None:
        """Send the signal to the whole group, unless it has ended."""
        with self._lock:
            if not self.has_ended:
                self._signal_group(number)

    def _signal_group(self, number: signal.Signals) -> None:
        # macOS refuses a signal to a process that has ended.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    def _read(self) -> None:
        for line in self._process.stdout or ():
            text = line.rstrip("\n")
            self.last_lines.append(text)
            self._write(text)


def _program(launch: Launch) -> str:
    name = launch.command[0]
    # A relative path is relative to the folder in which the program runs.
    where = str(Path(launch.folder, name)) if os.sep in name else name
    found = shutil.which(where, path=launch.environment.get("PATH", os.defpath))
    if not found:
        msg = f'CannotStartContainerError: "{name}": no such program'
        raise CannotStartError(msg)
    return found


class DockerProcess(Process):
    """
    Runs a container in the foreground. Signals go to the container itself, once it exists.

    SIGKILL to `docker run` would end only that command. SIGTERM before the container has started would leave a created
    container that never starts.
    """

    @override
    def send_signal(self, number: signal.Signals) -> None:
        """Send the signal to the container, unless it has ended; return at once."""
        threading.Thread(target=self._send, args=[number], daemon=True).start()

    def _send(self, number: signal.Signals) -> None:
        command = [self.launch.command[0], "kill", f"--signal={number.name}", str(self.launch.name)]
        while not self.has_ended and subprocess.run(command, capture_output=True, check=False).returncode:
            time.sleep(PAUSE_SEC)


def process_of(launch: Launch) -> type[Process]:
    """Return the class that runs *launch*; only a container has a name."""
    return DockerProcess if launch.name else Process
