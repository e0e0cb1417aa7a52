"""Promises of `airflow-fargate local`, where no stack runs."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from airflow_on_fargate.local import dag_run, own_server, stop
from airflow_on_fargate.local import state as module
from airflow_on_fargate.local import up as up_module
from airflow_on_fargate.local.state import State
from tests.command import Ended, command, refused

STARTS = "start it with airflow-fargate local up, and wait until it is ready"


@pytest.fixture(name="state")
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[State]:
    """Return the state of the program, in a folder of its own, and restore what a start changes in this process."""
    state = State(tmp_path / "state")
    monkeypatch.setattr(module, "State", lambda: state)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    handler = signal.getsignal(signal.SIGTERM)
    yield state
    signal.signal(signal.SIGTERM, handler)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["up", "--stage=nowhere"], "error: stage 'nowhere' is not in stages.py; allowed are "),
        (["down"], "error: the stack does not run; airflow-fargate local up starts it"),
        (["logs"], "error: there is no log in {folder}/logs; airflow-fargate local up starts the stack"),
        (["airflow", "dags", "list"], f"error: the stack does not run: {STARTS}"),
        (["airflow", "--line=dags 'list"], "error: the command cannot be split into words: No closing quotation; "),
        (["run", "Test_Dag"], f"error: the stack does not run: {STARTS}"),
    ],
)
def test_a_command_that_cannot_act_is_one_sentence(state: State, words: list[str], sentence: str) -> None:
    """The sentence says what to do, and nothing is written."""
    assert refused("local", *words).startswith(sentence.format(folder=state.folder))
    assert not state.folder.exists()


def test_a_reset_needs_no_stack_that_runs(state: State) -> None:
    """The data of the last one is deleted."""
    state.make()

    assert command("local", "reset") == Ended(0, "Deleted all data of the stack\n", "")
    assert not state.folder.exists()


def test_a_folder_that_cannot_be_used_is_one_sentence(state: State) -> None:
    """Such as a file in its place; the sentence names the path."""
    state.folder.touch()

    assert refused("local", "down") == f"error: {state.ready} cannot be used: Not a directory"


@pytest.mark.usefixtures("state")
@pytest.mark.usefixtures("state")
@pytest.mark.parametrize("error", [KeyboardInterrupt, None])
def test_a_start_that_is_interrupted_says_that_nothing_runs(
    error: type[BaseException] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C before the stack is ready is one sentence and the exit code of shells; after that it is the usual end."""

    def up(*_: object) -> None:
        if error:
            raise error

    monkeypatch.setattr(up_module, "up", up)
    expected = Ended(130, "", "\ninterrupted; the stack does not run\n") if error else Ended(0, "", "")

    assert command("local", "up") == expected


@pytest.mark.usefixtures("state")
def test_an_interruption_is_one_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C shows no traceback, and the exit code is that of shells."""
    monkeypatch.setattr(stop, "stop", lambda *_: signal.raise_signal(signal.SIGINT))

    assert command("local", "down") == Ended(130, "", "interrupted\n")


@pytest.mark.usefixtures("state")
@pytest.mark.parametrize(("succeeded", "code"), [(True, 0), (False, 1)])
def test_a_run_that_failed_has_another_exit_code(monkeypatch: pytest.MonkeyPatch, succeeded: bool, code: int) -> None:
    """The exit code of `local run` is 1 if the run of the DAG failed, and all its words arrive."""
    runs: list[tuple[object, ...]] = []

    def run(_: State, *words: object) -> bool:
        runs.append(words)
        return succeeded

    monkeypatch.setattr(own_server, "check_own_server", lambda _: None)
    monkeypatch.setattr(dag_run, "run_dag", run)

    ended = command("local", "run", "--conf={}", "--logical-date=2026-11-01", "--", "Test_Dag")

    assert ended.code == code
    assert runs == [("Test_Dag", "{}", "2026-11-01")]
