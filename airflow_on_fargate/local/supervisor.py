"""Supervisor, which starts the programs, writes their output to files, and starts again what has crashed."""

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

from airflow_on_fargate.local.state import PROJECT, State
from constructs_lib.shared.bad_input import BadInputError

SOCKET_PATH_LIMIT = 100
"""Bytes; the kernel's own limit is 104 on macOS and 108 on Linux."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """
    A program to supervise.

    `priority`: those of one stop together, those of a lower one later. `stop_timeout_sec` passes from SIGTERM, to the
    program alone, to SIGKILL, to all that it has started.
    """

    name: str
    command: Sequence[str]
    priority: int = 50
    restarts: bool = True
    stop_signal: str = "TERM"
    stop_timeout_sec: int = 30
    environment: Mapping[str, str] = field(default_factory=dict)


class Supervisor:
    """The supervisor of one state folder."""

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
        """Whether it answers; while it shuts down, it does so with a fault."""
        try:
            self._calls.getState()
        except xmlrpc.client.Fault:
            return True
        except OSError:
            return False
        return True

    def launch(self, programs: Sequence[Program], *, limit_sec: float = 60) -> "subprocess.Popen[bytes]":
        """
        Start the supervisor with *programs*, which wait to be started.

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
                cwd=PROJECT,
                # A profile of the person whose machine it is stands for an account that nobody here means.
                env={name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                # Ctrl-C in the terminal is for the one who started it: the programs are stopped in their order.
                start_new_session=True,
                # What the programs write is for their owner alone.
                umask=0o077,
            )
        end = time.monotonic() + limit_sec
        while not self.is_running():
            if process.poll() is not None:
                msg = f"supervisord did not start: {self.log_file('supervisord')} says why"
                raise TimeoutError(msg)
            if time.monotonic() > end:
                # It has started no program yet, and without an answer nobody could stop it.
                process.kill()
                process.wait()
                msg = f"supervisord did not answer within {limit_sec:g} s, so it was stopped; start again"
                raise TimeoutError(msg)
            time.sleep(0.05)
        return process

    def start(self, name: str) -> None:
        """Start the program *name*, and do not wait for it."""
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
        Stop all programs, those of the highest priority first, and the supervisor; *look* is called all the while.

        Raises:
            TimeoutError: it is still there.

        """
        with suppress(OSError, xmlrpc.client.Error):
            self._calls.shutdown()
        end = time.monotonic() + limit_sec
        while self.is_running():
            if time.monotonic() > end:
                msg = f"supervisord does not end: {self.log_file('supervisord')} says why"
                raise TimeoutError(msg)
            look()
            time.sleep(0.1)
        if self._socket.parent != self._state.folder:
            with suppress(OSError):
                self._socket.parent.rmdir()

    def _check_folder(self) -> None:
        """Refuse a folder of the socket in which another user could answer in the supervisor's place."""
        folder = self._socket.parent
        if folder == self._state.folder or not os.path.lexists(folder):
            return
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
            msg = f"{folder} must be a folder of this user's alone; remove it, or move the project to a shorter path"
            raise BadInputError(msg)

    def _write_configuration(self, programs: Sequence[Program]) -> None:
        content = configparser.RawConfigParser()
        content["supervisord"] = {
            "logfile": "/dev/null",
            "pidfile": str(self._state.folder / "supervisord.pid"),
            "nodaemon": "true",
            # Its own name: a root who means it is not warned.
            "user": getpass.getuser(),
        }
        content["unix_http_server"] = {"file": str(self._socket), "chmod": "0600"}
        content["rpcinterface:supervisor"] = {
            "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"
        }
        content["supervisorctl"] = {"serverurl": f"unix://{self._socket}"}
        for priority in {program.priority for program in programs}:
            together = ",".join(program.name for program in programs if program.priority == priority)
            content[f"group:{priority}"] = {"programs": together, "priority": str(priority)}
        for program in programs:
            section = {
                "command": " ".join(shlex.quote(word) for word in program.command),
                "directory": str(PROJECT),
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
