"""Check that this stack's own api-server listens on its port, not another stack or another program."""

import subprocess
import time
from contextlib import suppress
from pathlib import Path

import psutil

from airflow_on_fargate.advice import advised
from airflow_on_fargate.local.docker import container_name
from airflow_on_fargate.local.machine import Machine
from airflow_on_fargate.local.ports import is_free
from airflow_on_fargate.local.state import State, not_running
from airflow_on_fargate.local.supervisor import Supervisord
from constructs_lib.settings.processes import API_SERVER
from constructs_lib.shared.bad_input import BadInputError

PATIENCE_SEC = 30
"""An api-server that crashed listens again within this time."""
PAUSE_SEC = 0.5
IN_CONTAINER = Path(__file__).with_name("listens.py")
"""A program, which runs in the container."""


def check_own_server(state: State) -> None:
    """
    Check that the stack of *state* listens on the port of its UI, before a password is sent there.

    Raises:
        BadInputError: the stack does not run, or another program listens.

    """
    supervisor = Supervisord(state)
    if not (state.ready.exists() and supervisor.is_running()):
        raise not_running()
    machine = Machine.read(state)
    restart = f"restart the stack with {advised('local down')} and {advised('local up')}"
    end = time.monotonic() + PATIENCE_SEC
    while not is_own_server(supervisor, machine, state):
        check_port(machine, advice=restart)
        if time.monotonic() > end:
            msg = f"Airflow does not listen at {machine.url}; {restart}"
            raise BadInputError(msg)
        time.sleep(PAUSE_SEC)


def check_port(machine: Machine, *, advice: str) -> None:
    """
    Refuse the port of a *machine* if another program listens on it; *advice* ends the sentence.

    Raises:
        BadInputError: another program listens.

    """
    if not is_free(machine.api_server_port):
        taken = f"port {machine.api_server_port} is used by another program instead of this stack's UI"
        msg = f"{taken}; {advice}"
        raise BadInputError(msg)


def is_own_server(supervisor: Supervisord, machine: Machine, state: State) -> bool:
    """Whether the api-server that *supervisor* runs listens on its port."""
    if machine.containers:
        name = container_name(state, API_SERVER.name)
        command = ["docker", "exec", name, "python", "-c", IN_CONTAINER.read_text(), str(machine.api_server_port)]
        return not subprocess.run(command, capture_output=True, check=False).returncode
    process = supervisor.process_ids().get(API_SERVER.name)
    return process is not None and _listens(process, machine.api_server_port)


def _listens(process: int, port: int) -> bool:
    """Whether *process*, or one that it has started, listens on *port*."""
    # A process may end meanwhile.
    with suppress(psutil.NoSuchProcess):
        first = psutil.Process(process)
        for each in (first, *first.children(recursive=True)):
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                if any(
                    found.status == psutil.CONN_LISTEN and found.laddr.port == port
                    for found in each.net_connections("tcp")
                ):
                    return True
    return False
