import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import pytest

from airflow_on_fargate.local import listens
from airflow_on_fargate.local.containers import ContainerDefinition
from airflow_on_fargate.local.machine import Machine
from airflow_on_fargate.local.own_server import check_own_server, is_own_server
from airflow_on_fargate.local.ports import HOST, free_port
from airflow_on_fargate.local.progress import Progress
from airflow_on_fargate.local.start import Start
from airflow_on_fargate.local.state import State
from airflow_on_fargate.local.supervisor import Program, Supervisord
from constructs_lib.shared.bad_input import BadInputError
from tests.local.airflow_answers import answering
from tests.local.state_folder import MACHINE
from tests.local.test_supervisor import until
from tests.programs import command

HEALTHY = {"command": ["CMD", sys.executable, "-c", ""], "timeout": 10}


@pytest.fixture(name="state")
def _state(tmp_path: Path) -> State:
    """Return a state folder of a stack that says that it is ready."""
    state = State(tmp_path)
    state.make()
    state.ready.touch()
    return state


@pytest.fixture(name="machine")
def _machine(state: State) -> Machine:
    """Return a machine on whose ports no program listens yet."""
    machine = replace(MACHINE, api_server_port=free_port())
    machine.write(state)
    return machine


@pytest.fixture(name="supervisor")
def _supervisor(state: State, machine: Machine) -> Iterator[Supervisord]:
    """Return a supervisor of an api-server, which is not started yet."""
    supervisor = Supervisord(state)
    # As gunicorn does, a child of it listens.
    script = "trap 'kill $!' TERM; \"$@\" & wait"
    wrapped = [shutil.which("sh") or "sh", "-c", script, "sh", *command("serve", str(machine.api_server_port))]
    process = supervisor.launch([Program(name="api-server", command=wrapped)])
    yield supervisor
    supervisor.shut_down()
    process.wait()


@pytest.mark.programs
def test_its_own_api_server_is_known(supervisor: Supervisord, machine: Machine, state: State) -> None:
    """The stack's own api-server is recognized, also by a child process."""
    assert not is_own_server(supervisor, machine, state)

    supervisor.start("api-server")

    until(lambda: is_own_server(supervisor, machine, state))
    check_own_server(state)


@pytest.mark.programs
def test_the_health_check_does_not_take_another_stacks_server_for_its_own(
    supervisor: Supervisord, machine: Machine, state: State
) -> None:
    """The health check refuses another stack's healthy server on the same port."""
    start = Start(supervisor, machine, state, Mock(spec=Progress))
    api_server = ContainerDefinition("airflow-dev-airflow", {"name": "api-server", "healthCheck": HEALTHY})
    assert not start._is_healthy(api_server)

    with socket.create_server((HOST, machine.api_server_port)), pytest.raises(BadInputError) as refused:
        start._is_healthy(api_server)

    assert str(refused.value) == (
        f"port {machine.api_server_port} is used by another program instead of this stack's UI;"
        " choose another one, or leave it out to get a free one"
    )


@pytest.mark.programs
def test_another_stacks_server_gets_no_password(supervisor: Supervisord, state: State, tmp_path: Path) -> None:
    """`make local-run` sends the password only to the stack's own Airflow."""
    assert supervisor.is_running()
    session = tmp_path / "other"
    session.mkdir()
    with answering("failed", session) as (answers, _):
        port = int(answers.url.rpartition(":")[2])
        replace(Machine.read(state), api_server_port=port).write(state)
        with pytest.raises(
            BadInputError,
            match=f"^port {port} is used by another program .*; restart the stack with airflow-fargate local down and"
            " airflow-fargate local up$",
        ):
            check_own_server(state)

        assert answers.asked == []


@pytest.mark.programs
def test_a_server_that_does_not_listen_in_time_is_refused(
    supervisor: Supervisord, machine: Machine, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that does not listen in time is refused with what to do."""
    assert supervisor.is_running()
    monkeypatch.setattr("airflow_on_fargate.local.own_server.PATIENCE_SEC", 0)

    with pytest.raises(BadInputError, match=f"^Airflow does not listen at {machine.url}; restart the stack with"):
        check_own_server(state)


def test_nothing_runs(state: State, machine: Machine) -> None:  # noqa: ARG001 it is written
    """The remains of a killed stack do not count as a running one."""
    with pytest.raises(BadInputError, match=r"^the stack does not run: start it with airflow-fargate local up"):
        check_own_server(state)


@pytest.mark.programs
def test_a_container_knows_whether_it_listens() -> None:
    """The program in a container reports by its exit code whether the container listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        assert listens.listens(port)
    assert not listens.listens(port)
    assert subprocess.run([sys.executable, listens.__file__, str(port)], check=False).returncode == 1


def test_a_container_is_asked_in_docker(state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it listens, and whether its own health check is content: a process of this machine is no proof."""
    folder = tmp_path / "programs"
    folder.mkdir()
    docker = folder / "docker"
    machine = replace(MACHINE, containers=True)
    api_server = ContainerDefinition("airflow-dev-airflow", {"name": "api-server"})
    start = Start(Supervisord(state), machine, state, Mock(spec=Progress))
    monkeypatch.setenv("PATH", str(folder))
    found = []
    for health, listening in (("starting", 0), ("healthy", 1), ("healthy", 0)):
        docker.write_text(f"#!/bin/sh\n[ $1 = inspect ] && echo {health} || exit {listening}\n")
        docker.chmod(0o700)
        found.append((start._is_healthy(api_server), is_own_server(Supervisord(state), machine, state)))

    assert found == [(False, True), (False, False), (True, True)]


@pytest.mark.programs
def test_an_api_server_that_starts_again_is_waited_for(supervisor: Supervisord, state: State) -> None:
    """Until it listens."""
    asked = threading.Thread(target=check_own_server, args=(state,))
    asked.start()
    time.sleep(0.2)
    waits = asked.is_alive()
    supervisor.start("api-server")
    asked.join(20)

    assert waits
    assert not asked.is_alive()
