import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from airflow_on_fargate.local.access_keys import owner_key
from airflow_on_fargate.local.airflow_command import airflow_launch, become_airflow
from airflow_on_fargate.local.credentials import client
from airflow_on_fargate.local.docker import container_name
from airflow_on_fargate.local.state import State
from airflow_on_fargate.local.supervisor import Supervisord
from constructs_lib.shared.bad_input import BadInputError
from tests.clone import PROJECT
from tests.local.state_folder import MACHINE
from tests.measured import measured
from tests.programs import command

WORDS = ["variables", "set", "greeting", "$(id) 'two words'", "--description", "/opt/airflow/dags"]


@pytest.fixture(name="state")
def _state(tmp_path: Path) -> State:
    """Return a state folder of a compact stage."""
    state = State(tmp_path)
    state.make()
    container = {"name": "dag-processor", "image": "x"}
    document = {
        "provider": {"aws": [{"region": "us-east-1"}]},
        "resource": {
            "aws_ecs_task_definition": {
                "airflow": {"family": "airflow-dev-airflow", "container_definitions": json.dumps([container])}
            }
        },
    }
    template = state.template("dev")
    template.parent.mkdir(parents=True)
    template.write_text(json.dumps(document))
    return state


def write_machine(state: State, *, containers: bool) -> None:
    """Write the addresses of a start; no program listens on the ports."""
    replace(MACHINE, containers=containers).write(state)


@pytest.mark.parametrize("left_behind", [False, True])
def test_nothing_runs(state: State, *, left_behind: bool) -> None:
    """If the stack does not run, the sentence says what starts it, also after a crash."""
    if left_behind:
        state.ready.touch()

    with pytest.raises(
        BadInputError,
        match=r"^the stack does not run: start it with airflow-fargate local up, and wait until it is ready$",
    ):
        become_airflow(state, ["dags", "list"])


@pytest.mark.parametrize(("terminal", "options"), [(False, []), (True, ["--tty"])])
def test_in_containers_it_runs_beside_the_dag_processor(
    state: State, monkeypatch: pytest.MonkeyPatch, *, terminal: bool, options: list[str]
) -> None:
    """With containers, the command runs through the image's entrypoint with unchanged words."""
    write_machine(state, containers=True)
    monkeypatch.setenv("TERM", "xterm")
    for name in ("COLORTERM", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)

    launch = airflow_launch(state, WORDS, terminal=terminal)

    assert launch.command[1:] == [
        *("exec", "--interactive", *options, "--env=TERM", container_name(state, "dag-processor")),
        *("python", "-m", "airflow_fargate", "airflow", *WORDS),
    ]


def test_an_environment_that_cannot_be_read_is_refused(state: State) -> None:
    """If the environment cannot be read, the sentence says what to do."""
    write_machine(state, containers=False)

    with pytest.raises(BadInputError, match=r"^cannot read the environment of the dag-processor: Could not connect "):
        airflow_launch(state, WORDS, terminal=False)


@pytest.fixture(name="running_state")
def _running_state(state: State) -> Iterator[State]:
    """Return the state folder of a stack that runs, whose dag-processor has its task definition in AWS."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    machine = replace(MACHINE, aws_port=server.get_host_and_port()[1])
    machine.write(state)
    ecs = client("ecs", key=owner_key(state), endpoint=machine.endpoint, region="us-east-1")
    container = {
        "name": "dag-processor",
        "image": "x",
        "memory": 512,
        "entryPoint": command("arguments"),
        "environment": [{"name": "AIRFLOW_HOME", "value": "there"}],
    }
    ecs.register_task_definition(family="airflow-dev-airflow", containerDefinitions=[container])
    supervisor = Supervisord(state)
    process = supervisor.launch([])
    state.ready.touch()
    yield state
    supervisor.shut_down()
    process.wait()
    server.stop()


@pytest.mark.programs
def test_the_program_becomes_the_command(running_state: State, tmp_path: Path) -> None:
    """In the user's folder and terminal, with the dag-processor's environment; the exit code is the command's own."""
    with measured({**os.environ, "PYTHONPATH": str(PROJECT), "TERM": "xterm"}, becomes_another=True) as environment:
        run = subprocess.run(
            command("become_airflow", str(running_state.folder), *WORDS),
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    assert run.returncode == 3, run.stderr
    found = json.loads(run.stdout)
    assert (found["arguments"], found["folder"]) == (["airflow", *WORDS], str(tmp_path))
    assert (found["variables"]["AIRFLOW_HOME"], found["variables"]["TERM"]) == ("there", "xterm")
