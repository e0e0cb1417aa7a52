"""A process of this machine and all that it starts, ended together as a container's processes are."""

import os
import shutil
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path

from airflow_on_fargate.local.aws.left_behind import write_down
from airflow_on_fargate.local.launch import CannotStartError, Launch

LINES_KEPT = 20
OUTPUT_LIMIT_SEC = 2


class Process:
    """
    Runs what *launch* says in a process group of its own; *write* gets each line that it prints.

    A file in the folder *running* tells of it for as long as it runs.

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
        """The number of the session that all of its processes are in."""
        return self._process.pid

    def wait(self) -> int:
        """Wait for its end, and return the exit code that ECS tells: 128 and the signal's number after a signal."""
        # Not reaped yet, so that its number still stands for its group and for nothing else.
        os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT)
        with self._lock:
            self.has_ended = True
            self._signal_group(signal.SIGKILL)
            self._written_down.unlink(missing_ok=True)
            code = self._process.wait()
        # A process that has left the group may hold the output open.
        self._output.join(OUTPUT_LIMIT_SEC)
        return 128 - code if code < 0 else code

    def send_signal(self, number: signal.Signals) -> None:
        """Send the signal to the whole group, unless it has ended."""
        with self._lock:
            if not self.has_ended:
                self._signal_group(number)

    def _signal_group(self, number: signal.Signals) -> None:
        try:
            os.killpg(self._process.pid, number)
        except (ProcessLookupError, PermissionError):
            # macOS permits no signal to a process that has ended.
            return

    def _read(self) -> None:
        for line in self._process.stdout or ():
            text = line.rstrip("\n")
            self.last_lines.append(text)
            self._write(text)


def _program(launch: Launch) -> str:
    name = launch.command[0]
    # One with a folder in its name is looked for from where it runs, not from here.
    where = str(Path(launch.folder, name)) if os.sep in name else name
    found = shutil.which(where, path=launch.environment.get("PATH", os.defpath))
    if not found:
        msg = f'CannotStartContainerError: "{name}": no such program'
        raise CannotStartError(msg)
    return found
