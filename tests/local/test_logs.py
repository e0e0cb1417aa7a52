import re
import threading
import time
from pathlib import Path

import pytest
from rich.console import Console

from airflow_on_fargate.local.output import show_logs
from airflow_on_fargate.local.state import State
from airflow_on_fargate.local.supervisor import Supervisord
from constructs_lib.shared.bad_input import BadInputError


@pytest.fixture(name="state")
def _state(tmp_path: Path) -> State:
    """Return the state of a stack that does not run any more, with the logs of two programs."""
    state = State(tmp_path)
    state.make()
    (state.logs / "worker.log").write_text("".join(f"{number}\n" for number in range(150)))
    (state.logs / "aws.log").write_text("made\n")
    return state


def test_the_last_lines_of_a_program_are_shown(state: State, capsys: pytest.CaptureFixture[str]) -> None:
    """The last hundred lines of a program are shown."""
    show_logs(state, "worker", Console())

    assert capsys.readouterr().out.splitlines() == [f"worker | {number}" for number in range(50, 150)]


def test_without_a_program_all_are_shown(state: State, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a program, all lines are shown with their program."""
    show_logs(state, None, Console())

    assert capsys.readouterr().out.splitlines()[:2] == ["   aws | made", "worker | 50"]


def test_a_program_without_a_log_is_refused(state: State) -> None:
    """A program without a log is refused, also a path."""
    with pytest.raises(BadInputError, match=re.escape(f"PROCESS 'worke' has no log in {state.logs}; did you mean 'w")):
        show_logs(state, "worke", Console())
    with pytest.raises(BadInputError, match=r"^PROCESS '\.\./keys' has no log in "):
        show_logs(state, "../keys", Console())


def test_without_a_log_nothing_has_run(tmp_path: Path) -> None:
    """Without any log, the sentence says what starts the stack."""
    with pytest.raises(BadInputError, match=r"^there is no log in .*; airflow-fargate local up starts the stack$"):
        show_logs(State(tmp_path), None, Console())


@pytest.mark.programs
def test_new_lines_are_shown_while_the_stack_runs(state: State, capsys: pytest.CaptureFixture[str]) -> None:
    """When it stops, the program ends."""
    supervisor = Supervisord(state)
    process = supervisor.launch([])
    shown = threading.Thread(target=show_logs, args=(state, "aws", Console()))
    shown.start()
    output, end = "", time.monotonic() + 20
    while "aws | made" not in output:
        assert time.monotonic() < end
        time.sleep(0.05)
        output += capsys.readouterr().out
    with (state.logs / "aws.log").open("a") as log:
        while "aws | new" not in output:
            assert time.monotonic() < end
            log.write("new\n")
            log.flush()
            time.sleep(0.1)
            output += capsys.readouterr().out

    supervisor.shut_down()
    shown.join(20)

    assert output.startswith("aws | made\naws | new\n")
    assert not shown.is_alive()
    assert process.wait() == 0
