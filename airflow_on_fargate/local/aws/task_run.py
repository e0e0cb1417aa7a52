"""Run an ECS task: the process or the Docker container of its only container."""

import os
import signal
import sys
import threading
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_on_fargate.local.aws.memory import MemoryLimits
from airflow_on_fargate.local.aws.process import Process, process_of
from airflow_on_fargate.local.aws.task_log import TaskLog
from airflow_on_fargate.local.docker import TASK, docker_launch
from airflow_on_fargate.local.dockerfile import missing_packages, packages_missing
from airflow_on_fargate.local.launch import Agent, CannotStartError, Container, Launch, process_launch
from airflow_on_fargate.local.task_command import command_of, environment_of, programs_of
from airflow_on_fargate.local.task_files import task_files
from constructs_lib.shared.ecs import STOP_TIMEOUT_SEC

if TYPE_CHECKING:
    from moto.ecs.models import Task

DOCKER_FAILED = 125
"""The exit code of `docker run` itself, if it did not start the container (its documentation, "Exit status")."""
DOCKER_ERROR = "docker: "
KILLED = 128 + signal.SIGKILL
OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage"
"""ECS's reason of a container that was killed for its memory."""


class TaskRun:
    """
    Runs moto's *task* in its own thread, and sets its state as ECS does.

    *log* gets each line of output. *tasks* is the folder with the code. *memory* limits the memory of a process; Docker
    does that for a container.
    """

    def __init__(
        self,
        task: "Task",
        container: Container,
        *,
        agent: Agent,
        tasks: Path,
        log: TaskLog,
        memory: MemoryLimits,
    ) -> None:
        self._task = task
        self._container = container
        self._agent = agent
        self._tasks = tasks
        self._log = log
        self._memory = memory
        self._is_out_of_memory = False
        self._process: Process | None = None
        self._lock = threading.Lock()
        self._stopped_by: str | None = None
        self._timer: threading.Timer | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Start the task, and return at once."""
        self._set("PENDING", created_at=datetime.now(UTC))
        self._thread.start()

    def stop(self, reason: str) -> None:
        """Send SIGTERM, and SIGKILL after the container's `stopTimeout`."""
        with self._lock:
            if self._stopped_by or self._task.last_status == "STOPPED":
                return
            self._stopped_by = reason
            self._task.desired_status = "STOPPED"
            if self._process:
                self._process.send_signal(signal.SIGTERM)
            self._timer = threading.Timer(self._container.definition.get("stopTimeout", STOP_TIMEOUT_SEC), self.kill)
            self._timer.daemon = True
            self._timer.start()

    def wait(self, timeout_sec: float) -> None:
        """Wait until the task has ended."""
        self._thread.join(timeout_sec)

    def kill(self) -> None:
        """Send SIGKILL, unless the task has ended."""
        if self._process:
            self._process.send_signal(signal.SIGKILL)

    def _run(self) -> None:
        try:
            self._log.open()
            process = self._begin(self._prepare())
        except CannotStartError as error:
            self._end_unstarted(str(error))
            return
        except Exception as error:  # noqa: BLE001 after any error the task must end
            self._end_unstarted(f"CannotStartContainerError: {error}")
            return
        self._set("RUNNING", started_at=datetime.now(UTC))
        code = self._wait(process)
        if process.launch.name and code == DOCKER_FAILED and (reason := _docker_error(process.last_lines)):
            self._end_unstarted(reason)
        elif self._stopped_by:
            self._end(code, "UserInitiated", self._stopped_by)
        else:
            if self._is_out_of_memory:
                self._task.containers[0].reason = OUT_OF_MEMORY
            self._end(code, "EssentialContainerExited", "Essential container in task exited")

    def _wait(self, process: Process) -> int:
        """Wait for the end of *process*, and kill it if it uses more memory than the task has."""
        size_mib = self._container.memory_mib
        if process.launch.name:
            code = process.wait()
            # The exit code is the only sign, because `--rm` removes the container.
            self._is_out_of_memory = size_mib is not None and code == KILLED
            return code
        if size_mib:
            self._memory.watch(process.session, size_mib, self._end_for_memory)
        try:
            return process.wait()
        finally:
            self._memory.forget(process.session)

    def _end_for_memory(self) -> None:
        self._is_out_of_memory = True
        self.kill()

    def _prepare(self) -> Launch:
        if self._agent.containers:
            return docker_launch(self._container, self._agent, kind=TASK, init=True)
        folder = self._tasks / self._container.definition["name"]
        files = task_files(folder, self._agent.state)
        if is_missing := missing_packages(folder):
            self._log.write(packages_missing(folder.name))
        return process_launch(
            self._container,
            self._agent,
            command=command_of(folder, self._container.command),
            folder=files.folder,
            image_environment=environment_of(folder),
            programs=programs_of(files, self._agent.state, self._install, with_packages=not is_missing),
            find=files.find,
        )

    def _install(self, command: Sequence[str], folder: Path) -> list[str] | None:
        """Run pip with output to the task's log; return the last lines if it fails."""
        process = self._begin(Launch([sys.executable, *command], os.environ, folder))
        return list(process.last_lines) if process.wait() else None

    def _begin(self, launch: Launch) -> Process:
        with self._lock:
            if self._stopped_by:
                raise CannotStartError(self._stopped_by)
            self._process = process_of(launch)(launch, self._log.write, self._agent.state.running_tasks)
            return self._process

    def _set(self, status: str, **attributes: datetime | str) -> None:
        for name, value in attributes.items():
            setattr(self._task, name, value)
        self._task.containers[0].last_status = status
        self._task.last_status = status

    def _end_unstarted(self, reason: str) -> None:
        if self._stopped_by:
            self._end(None, "UserInitiated", self._stopped_by)
            return
        self._task.containers[0].reason = reason
        self._end(None, "TaskFailedToStart", reason)

    def _end(self, exit_code: int | None, stop_code: str, reason: str) -> None:
        if self._timer:
            self._timer.cancel()
        self._task.containers[0].exitCode = exit_code
        self._task.desired_status = "STOPPED"
        self._set("STOPPED", stop_code=stop_code, stopped_reason=reason, stopped_at=datetime.now(UTC))


def _docker_error(lines: Iterable[str]) -> str | None:
    """Return Docker's error if it did not start the container, or None if the exit code is the container's own."""
    found = None
    kind = "CannotStartContainerError"
    for line in lines:
        if line.startswith("Unable to find image "):
            kind = "CannotPullContainerError"
        elif line.startswith(DOCKER_ERROR):
            found = line.removeprefix(DOCKER_ERROR)
    return f"{kind}: {found}" if found else None
