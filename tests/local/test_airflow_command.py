import json
from dataclasses import replace
from pathlib import Path

import pytest

from airflow_on_fargate.local.airflow_command import airflow_launch, become_airflow
from airflow_on_fargate.local.docker import container_name
from airflow_on_fargate.local.state import State
from constructs_lib.shared.bad_input import BadInputError
from tests.local.state_folder import MACHINE

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
        BadInputError, match=r"^the stack does not run: start it with make local, and wait until it is ready$"
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
