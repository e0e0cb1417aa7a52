"""Promises of the verbs of `python -m airflow_on_fargate.local`, where no stack runs."""

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from airflow_on_fargate.local import __main__ as program
from airflow_on_fargate.local.state import State

STARTS = "start it with make local, and wait until it is ready"


@pytest.fixture(name="state")
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[State]:
    """Return the state of the program, in a folder of its own, and restore what a start changes in this process."""
    state = State(tmp_path / "state")
    monkeypatch.setattr(program, "State", lambda: state)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    handler = signal.getsignal(signal.SIGTERM)
    yield state
    signal.signal(signal.SIGTERM, handler)


def exit_of(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    """Run the program with *arguments*, and return the sentence with which it ends."""
    monkeypatch.setattr(sys, "argv", ["local", *arguments])
    with pytest.raises(SystemExit) as ended:
        program.main()
    return str(ended.value)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["up", "--stage=nowhere"], "error: STAGE 'nowhere' is not in stages.py; allowed are "),
        (["down"], "error: the stack does not run; make local starts it"),
        (["logs"], "error: there is no log in {folder}/logs; make local starts the stack"),
        (["airflow", "dags", "list"], f"error: the stack does not run: {STARTS}"),
        (["airflow", "--line=dags 'list"], "error: ARGS cannot be split into words: No closing quotation; "),
        (["run", "Test_Dag"], f"error: the stack does not run: {STARTS}"),
    ],
)
def test_a_verb_that_cannot_act_is_one_sentence(
    state: State, monkeypatch: pytest.MonkeyPatch, words: list[str], sentence: str
) -> None:
    """The sentence says what to do, and nothing is written."""
    assert exit_of(monkeypatch, *words).startswith(sentence.format(folder=state.folder))
    assert not state.folder.exists()


def test_a_reset_needs_no_stack_that_runs(
    state: State, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The data of the last one is deleted."""
    state.make()
    monkeypatch.setattr(sys, "argv", ["local", "reset"])

    program.main()

    assert capsys.readouterr().out == "Deleted all data of the stack\n"
    assert not state.folder.exists()


def test_a_folder_that_cannot_be_used_is_one_sentence(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as a file in its place; the sentence names the path."""
    state.folder.touch()

    sentence = exit_of(monkeypatch, "down")

    assert sentence == f"error: {state.ready} cannot be used: Not a directory"


@pytest.mark.usefixtures("state")
def test_an_interruption_is_one_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C shows no traceback."""
    monkeypatch.setattr(program, "stop", lambda *_: signal.raise_signal(signal.SIGINT))

    assert exit_of(monkeypatch, "down") == "interrupted"
