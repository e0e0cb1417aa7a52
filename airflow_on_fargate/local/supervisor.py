"""Control supervisord, which starts the programs, writes their output to files, and restarts crashed ones."""

import configparser
import getpass
import hashlib
import os
import shlex
import stat
import subprocess
import sys
import tempfile
import time
import xmlrpc.client
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from supervisor.xmlrpc import SupervisorTransport

from airflow_on_fargate.local.state import State
from airflow_on_fargate.project import project_folder
from constructs_lib.shared.bad_input import BadInputError
from constructs_lib.shared.ecs import STOP_TIMEOUT_SEC

SOCKET_PATH_LIMIT = 100
"""Bytes; the kernel's own limit is 104 on macOS and 108 on Linux."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """
    A program to supervise.

    Programs of one `priority` stop at the same time, those of a lower priority later. Only the program gets SIGTERM;
    after `stop_timeout_sec` it and all its children get SIGKILL.
    """

    name: str
    command: Sequence[str]
    priority: int = 50
    restarts: bool = True
    stop_signal: str = "TERM"
    stop_timeout_sec: int = STOP_TIMEOUT_SEC
    environment: Mapping[str, str] = field(default_factory=dict)


class Supervisord:
    """Starts and controls the supervisord of one state folder."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._configuration = state.folder / "supervisord.conf"
        socket = state.folder / "supervisor.sock"
        if len(str(socket).encode()) > SOCKET_PATH_LIMIT:
            word = hashlib.sha256(str(state.folder).encode()).hexdigest()[:16]
            socket = Path(tempfile.gettempdir(), f"airflow-local-{os.getuid()}-{word}", "socket")
        self._socket = socket

    @property
    def _calls(self) -> Any:  # noqa: ANN401 the calls are looked up by name
        self._check_folder()
        transport = SupervisorTransport(None, None, f"unix://{self._socket}")
        return xmlrpc.client.ServerProxy("http://localhost", transport=transport).supervisor

    def log_file(self, name: str) -> Path:
        """Return where the output of the program *name* goes."""
        return self._state.logs / f"{name}.log"

    def is_running(self) -> bool:
        """Whether supervisord answers; while it shuts down, it answers with a fault."""
        try:
            self._calls.getState()
        except xmlrpc.client.Fault:
            return True
        except OSError:
            return False
        return True

    def launch(self, programs: Sequence[Program], *, limit_sec: float = 60) -> "subprocess.Popen[bytes]":
        """
        Start supervisord with *programs*, without starting these.

        Raises:
            TimeoutError: it does not answer.

        """
        with suppress(FileExistsError):
            self._socket.parent.mkdir(mode=0o700)
        self._check_folder()
        self._write_configuration(programs)
        with self.log_file("supervisord").open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "supervisor.supervisord", "--nodaemon", "-c", str(self._configuration)],
                cwd=project_folder(),
                # The user's AWS profile is for a real account, which the stack must not use.
                env={name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                # Ctrl-C must not reach the programs: `make local` stops them in order.
                start_new_session=True,
                # Only the owner may read what the programs write.
                umask=0o077,
            )
        end = time.monotonic() + limit_sec
        while not self.is_running():
            if process.poll() is not None:
                msg = f"supervisord did not start; the reason is in {self.log_file('supervisord')}"
                raise TimeoutError(msg)
            if time.monotonic() > end:
                # It has started no program yet, and it could not be stopped without an answer.
                process.kill()
                process.wait()
                msg = f"supervisord did not answer within {limit_sec:g} s and was stopped; start it again"
                raise TimeoutError(msg)
            time.sleep(0.05)
        return process

    def start(self, name: str) -> None:
        """Start the program *name* without waiting for it."""
        without_waiting = False
        self._calls.startProcess(self._full_name(name), without_waiting)

    def stop_program(self, name: str) -> None:
        """Stop the program *name*, and wait until it has ended."""
        self._calls.stopProcess(self._full_name(name))

    def states(self) -> dict[str, str]:
        """Return the state of every program by its name, in supervisor's words: `RUNNING`, `FATAL`, `EXITED`."""
        return {each["name"]: each["statename"] for each in self._calls.getAllProcessInfo()}

    def process_ids(self) -> dict[str, int]:
        """Return the process id of every program that runs."""
        return {each["name"]: each["pid"] for each in self._calls.getAllProcessInfo() if each["pid"]}

    def exit_status(self, name: str) -> int:
        """Return the last exit status of the program *name*."""
        return int(self._calls.getProcessInfo(self._full_name(name))["exitstatus"])

    def _full_name(self, name: str) -> str:
        group = next(each["group"] for each in self._calls.getAllProcessInfo() if each["name"] == name)
        return f"{group}:{name}"

    def stop_timeout_sec(self, name: str) -> int:
        """Return how long the program *name* may take to end."""
        content = configparser.RawConfigParser()
        content.read(self._configuration, encoding="utf-8")
        return content.getint(f"program:{name}", "stopwaitsecs")

    def shut_down(self, *, limit_sec: float = 180, look: Callable[[], None] = lambda: None) -> None:
        """
        Stop all programs, the highest priority first, then supervisord; call *look* while they stop.

        Raises:
            TimeoutError: supervisord still runs after *limit_sec*.

        """
        with suppress(OSError, xmlrpc.client.Error):
            self._calls.shutdown()
        end = time.monotonic() + limit_sec
        while self.is_running():
            if time.monotonic() > end:
                msg = f"supervisord does not end; the reason is in {self.log_file('supervisord')}"
                raise TimeoutError(msg)
            look()
            time.sleep(0.1)
        if self._socket.parent != self._state.folder:
            with suppress(OSError):
                self._socket.parent.rmdir()

    def _check_folder(self) -> None:
        """Refuse a socket folder in which another user could replace the socket."""
        folder = self._socket.parent
        if folder == self._state.folder or not os.path.lexists(folder):
            return
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
            msg = (
                f"{folder} must be a folder that only you can access: remove it, or move the project to a shorter path"
            )
            raise BadInputError(msg)

    def _write_configuration(self, programs: Sequence[Program]) -> None:
        content = configparser.RawConfigParser()
        content["supervisord"] = {
            "logfile": "/dev/null",
            "pidfile": str(self._state.folder / "supervisord.pid"),
            "nodaemon": "true",
            # Named explicitly, so that supervisord does not warn root.
            "user": getpass.getuser(),
        }
        content["unix_http_server"] = {"file": str(self._socket), "chmod": "0600"}
        content["rpcinterface:supervisor"] = {
            "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"
        }
        content["supervisorctl"] = {"serverurl": f"unix://{self._socket}"}
        for priority in {program.priority for program in programs}:
            names = ",".join(program.name for program in programs if program.priority == priority)
            content[f"group:{priority}"] = {"programs": names, "priority": str(priority)}
        for program in programs:
            section = {
                "command": " ".join(shlex.quote(word) for word in program.command),
                "directory": str(project_folder()),
                "autostart": "false",
                "autorestart": str(program.restarts).lower(),
                "startsecs": "1" if program.restarts else "0",
                "stopsignal": program.stop_signal,
                "stopwaitsecs": str(program.stop_timeout_sec),
                "killasgroup": "true",
                "redirect_stderr": "true",
                "stdout_logfile": str(self.log_file(program.name)),
                "stdout_logfile_backups": "1",
                "stdout_logfile_maxbytes": "20MB",
            }
            if program.environment:
                pairs = (f'{name}="{value}"' for name, value in program.environment.items())
                section["environment"] = ",".join(pairs)
            content[f"program:{program.name}"] = {key: value.replace("%", "%%") for key, value in section.items()}
        with self._configuration.open("w", encoding="utf-8") as file:
            content.write(file)
