import time
from collections.abc import Iterator

import pytest
from rich.console import Console

from airflow_on_fargate.local.containers import ContainerDefinition
from airflow_on_fargate.local.output import Output
from airflow_on_fargate.local.progress import Progress
from airflow_on_fargate.local.start import Start
from airflow_on_fargate.local.state import State
from airflow_on_fargate.local.supervisor import Program, Supervisord
from constructs_lib.shared.bad_input import BadInputError
from tests.local.state_folder import MACHINE, state_folder
from tests.programs import command

pytestmark = pytest.mark.programs


@pytest.fixture(name="state")
def _state() -> Iterator[State]:
    """Return a state folder of a machine on whose ports no program listens."""
    with state_folder() as state:
        MACHINE.write(state)
        yield state


@pytest.fixture(name="supervisor")
def _supervisor(state: State) -> Iterator[Supervisord]:
    """Return a supervisor of programs that stay, one that ends each time that it has begun well, and a migration."""
    supervisor = Supervisord(state)
    process = supervisor.launch(
        [
            Program(name="aws", command=command("wait")),
            Program(name="dies", command=command("die")),
            Program(name="migrate", command=command("die"), restarts=False),
            Program(name="stays", command=command("wait")),
        ]
    )
    yield supervisor
    supervisor.shut_down()
    process.wait()


def start(supervisor: Supervisord, state: State) -> Start:
    """Return the start, which prints to the terminal."""
    console = Console(width=200)
    files = {name: supervisor.log_file(name) for name in ("dies", "migrate", "stays")}
    progress = Progress(console, Output(files, console), began=time.monotonic())
    return Start(supervisor, MACHINE, state, progress)


def test_what_ends_again_and_again_is_not_waited_for(
    supervisor: Supervisord, state: State, capsys: pytest.CaptureFixture[str]
) -> None:
    """A program that ends twice during the start ends it with its last lines and a sentence."""
    for name in ("dies", "stays"):
        supervisor.start(name)
    began = time.monotonic()

    with pytest.raises(BadInputError) as refused:
        start(supervisor, state)._wait("stays", ["stays", "dies"], lambda: False)

    file = supervisor.log_file("dies")
    assert str(refused.value) == f"dies did not start; its last lines are above, all of its output is in {file}"
    assert set(capsys.readouterr().out.splitlines()) == {"   dies | no such option"}
    assert time.monotonic() - began < 20


def test_a_migration_that_fails_ends_the_start(
    supervisor: Supervisord, state: State, capsys: pytest.CaptureFixture[str]
) -> None:
    """No program starts on a database of another version."""
    state.provisioned.touch()
    names = ("migrate", "stays")
    containers = [ContainerDefinition("airflow-dev-airflow", {"name": name}) for name in names]

    with pytest.raises(
        BadInputError, match=r"^migrate did not start; its last lines are above, all of its output is in "
    ):
        start(supervisor, state).run(containers, None, lambda: None)

    assert "migrate | no such option" in capsys.readouterr().out
    assert supervisor.states()["stays"] == "STOPPED"


def test_only_what_is_not_healthy_in_time_is_named(
    supervisor: Supervisord, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the program that is not healthy in time is named."""
    monkeypatch.setattr("airflow_on_fargate.local.start.START_PERIOD_SEC", 0)

    with pytest.raises(BadInputError) as refused:
        start(supervisor, state)._wait("stays", [], lambda: False)

    file = supervisor.log_file("stays")
    assert str(refused.value) == f"stays was not ready within 0 s; its output is in {file}"
