import time
from pathlib import Path

import pytest
from rich.console import Console

from airflow_on_fargate.local.state import State
from airflow_on_fargate.local.stop import forget, stop
from airflow_on_fargate.local.supervisor import Program, Supervisord
from constructs_lib.shared.bad_input import BadInputError
from tests.programs import command


@pytest.fixture(name="state")
def _state(tmp_path: Path) -> State:
    """Return an empty state folder."""
    state = State(tmp_path / "state")
    state.make()
    return state


@pytest.mark.programs
def test_what_runs_is_stopped(state: State, capsys: pytest.CaptureFixture[str]) -> None:
    """All programs are stopped, and `ready.json` is gone."""
    supervisor = Supervisord(state)
    process = supervisor.launch([Program(name="stays", command=command("wait"))])
    supervisor.start("stays")
    state.ready.touch()

    stop(state, Console())

    assert process.wait() == 0
    assert not state.ready.exists()
    assert capsys.readouterr().out.partition(" s  ")[2] == "stays has stopped\n"


@pytest.mark.programs
def test_what_takes_its_time_is_named(
    state: State, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow program is named once, with the time that it may take."""
    monkeypatch.setattr("airflow_on_fargate.local.stop.SLOW_SEC", 0.2)
    supervisor = Supervisord(state)
    supervisor.launch([Program(name="deaf", command=command("deaf"), stop_timeout_sec=2)])
    supervisor.start("deaf")
    while not (supervisor.log_file("deaf").exists() and supervisor.log_file("deaf").read_text()):
        time.sleep(0.05)

    stop(state, Console(width=200))

    waiting, stopped = capsys.readouterr().out.splitlines()
    assert waiting == "Waiting for deaf (at most 2 s); a worker finishes its tasks first, as on ECS"
    assert stopped.endswith(" s  deaf has stopped")


def test_ctrl_c_does_not_keep_the_programs_from_stopping(
    state: State, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C ends only the wait; the sentence has the command that waits again."""

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Supervisord, "is_running", lambda _: True)
    monkeypatch.setattr(Supervisord, "process_ids", lambda _: {})
    monkeypatch.setattr(Supervisord, "shut_down", interrupt)

    with pytest.raises(SystemExit) as ended:
        stop(state, Console())

    assert ended.value.code == 130
    assert capsys.readouterr().err == (
        "\ninterrupted; the programs continue to stop; airflow-fargate local down waits for them again\n"
    )


def test_nothing_to_stop_is_reported(state: State) -> None:
    """A stack that does not run is one sentence."""
    with pytest.raises(BadInputError, match=r"^the stack does not run; airflow-fargate local up starts it$"):
        stop(state, Console())


def test_all_is_deleted(state: State, capsys: pytest.CaptureFixture[str]) -> None:
    """All data is deleted, and a second reset reports that there is none."""
    (state.shared_volume / "a").touch()
    (state.folder / "link").symlink_to(state.shared_volume)

    forget(state, Console())
    forget(state, Console())

    assert not state.folder.exists()
    assert capsys.readouterr().out == "Deleted all data of the stack\nThere is no data to delete\n"


def test_secrets_that_the_user_has_written_stay(state: State, capsys: pytest.CaptureFixture[str]) -> None:
    """The user's file of secrets is kept, and the output says so."""
    state.user_secrets.write_text('"/team/parameter" = "secret"')

    forget(state, Console(width=1000))

    assert list(state.folder.iterdir()) == [state.user_secrets]
    assert state.user_secrets.read_text() == '"/team/parameter" = "secret"'
    assert capsys.readouterr().out == f"Deleted all data except {state.user_secrets}, which you have written\n"


def test_files_that_cannot_be_removed_are_reported(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that cannot be deleted are reported with the command that deletes them."""
    # Root, whom CI is, may remove all.
    monkeypatch.setattr("shutil.rmtree", lambda *_, **__: None)

    with pytest.raises(BadInputError, match=rf"^{state.folder} cannot be deleted completely: .*: sudo rm -r "):
        forget(state, Console())
