"""A task that runs: the process or the Docker container of its one container."""

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from local.launch import Agent, CannotStartError, Container, Launch, docker_launch, process_launch
from local.task_command import command_of, programs_of

if TYPE_CHECKING:
    from moto.ecs.models import Task

DOCKER_FAILED, DOCKER_CANNOT_RUN, DOCKER_NOT_FOUND = 125, 126, 127
"""Exit codes of `docker run` (its documentation, "Exit status"): not the container's own."""


class TaskRun:
    """
    Runs a *task* of moto's in a thread of its own, and tells the task how it goes in ECS' words.

    *write_log* gets each line that the container prints. *tasks* is the folder with the code.
    """

    def __init__(
        self, task: "Task", container: Container, *, agent: Agent, tasks: Path, write_log: Callable[[str], None]
    ) -> None:
        self._task = task
        self._container = container
        self._agent = agent
        self._tasks = tasks
        self._write_log = write_log
        self._process: subprocess.Popen[str] | None = None
        self._launch: Launch | None = None
        self._lock = threading.Lock()
        self._stopped_by: str | None = None
        self._timer: threading.Timer | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin, and return at once."""
        self._set("PENDING", created_at=datetime.now(UTC))
        self._thread.start()

    def stop(self, reason: str) -> None:
        """Send SIGTERM, and SIGKILL after the container's `stopTimeout`."""
        with self._lock:
            self._stopped_by = self._stopped_by or reason
            self._task.desired_status = "STOPPED"
            if self._process and self._process.poll() is None and not self._timer:
                self._signal(signal.SIGTERM)
                seconds = self._container.definition.get("stopTimeout", 30)
                self._timer = threading.Timer(seconds, self._signal, [signal.SIGKILL])
                self._timer.daemon = True
                self._timer.start()

    def wait(self, timeout_sec: float) -> None:
        """Wait until it has ended."""
        self._thread.join(timeout_sec)

    def kill(self) -> None:
        """Send SIGKILL now."""
        with self._lock:
            if self._process and self._process.poll() is None:
                self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if self._launch and self._launch.name and number == signal.SIGKILL:
            # Docker's command does not hand on a signal that it never sees.
            command = [self._launch.command[0], "kill", self._launch.name]
            subprocess.run(command, capture_output=True, check=False)
        elif self._process:
            try:
                os.killpg(self._process.pid, number)
            except ProcessLookupError:
                return

    def _run(self) -> None:
        try:
            launch = self._prepare()
            with self._lock:
                process = self._popen(launch)
                self._launch, self._process = launch, process
        except CannotStartError as error:
            self._end(None, "TaskFailedToStart", str(error))
            return
        except Exception as error:  # noqa: BLE001 whatever it is, the task must end
            self._end(None, "TaskFailedToStart", f"CannotStartContainerError: {error}")
            return
        self._set("RUNNING", started_at=datetime.now(UTC))
        last = ""
        for line in process.stdout or ():
            last = line.rstrip("\n")
            self._write_log(last)
        code = process.wait()
        if self._timer:
            self._timer.cancel()
        if launch.name and code == DOCKER_FAILED:
            self._end(None, "TaskFailedToStart", f"CannotPullContainerError: {last}")
        elif self._stopped_by:
            self._end(_exit_code(code), "UserInitiated", self._stopped_by)
        else:
            self._end(_exit_code(code), "EssentialContainerExited", "Essential container in task exited")

    def _prepare(self) -> Launch:
        if self._agent.containers:
            name = f"airflow-local-{self._task.id}"
            return docker_launch(self._container, self._agent, name=name, init=True)
        folder = self._tasks / self._container.definition["name"]
        return process_launch(
            self._container,
            self._agent,
            command=command_of(folder, self._container.command),
            folder=folder,
            programs=programs_of(folder, self._agent.state),
        )

    def _popen(self, launch: Launch) -> "subprocess.Popen[str]":
        if self._stopped_by:
            raise CannotStartError(self._stopped_by)
        program = _which(launch)
        return subprocess.Popen(
            [program, *launch.command[1:]],
            cwd=launch.folder,
            env=launch.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )

    def _set(self, status: str, **attributes: datetime | str) -> None:
        for name, value in attributes.items():
            setattr(self._task, name, value)
        self._task.containers[0].last_status = status
        self._task.last_status = status

    def _end(self, exit_code: int | None, stop_code: str, reason: str) -> None:
        container = self._task.containers[0]
        container.exitCode = exit_code
        if stop_code == "TaskFailedToStart":
            container.reason = reason
        self._task.desired_status = "STOPPED"
        self._set("STOPPED", stop_code=stop_code, stopped_reason=reason, stopped_at=datetime.now(UTC))


def _which(launch: Launch) -> str:
    found = shutil.which(launch.command[0], path=launch.environment["PATH"])
    if not found:
        msg = f'CannotStartContainerError: "{launch.command[0]}": no such program'
        raise CannotStartError(msg)
    return found


def _exit_code(code: int) -> int:
    """Return what ECS says: 128 and the signal's number for a process that a signal ended."""
    return 128 - code if code < 0 else code
