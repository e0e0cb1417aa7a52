import sys
from pathlib import Path

import pytest

from constructs_lib.shared.bad_input import BadInputError
from local.state import State
from local.stop import forget, stop
from local.supervisor import Program, Supervisor


@pytest.fixture(name="state")
def _state(tmp_path: Path) -> State:
    """Return an empty state folder."""
    state = State(tmp_path / "state")
    state.make()
    return state


def test_what_runs_is_stopped(state: State) -> None:
    """And nobody finds it ready any more."""
    supervisor = Supervisor(state)
    process = supervisor.launch([Program(name="stays", command=[sys.executable, "-c", "import time; time.sleep(99)"])])
    supervisor.start("stays")
    state.ready.touch()

    stop(state)

    assert process.wait() == 0
    assert not state.ready.exists()


def test_nothing_to_stop_is_said(state: State) -> None:
    """In one sentence."""
    with pytest.raises(BadInputError, match=r"^nothing runs; make local starts it$"):
        stop(state)


def test_all_is_forgotten(state: State) -> None:
    """The folder is gone, and one that is not there is no mistake."""
    (state.shared_volume / "a").touch()

    forget(state)
    forget(state)

    assert not state.folder.exists()


def test_what_cannot_be_forgotten_is_said(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of the containers' user are not the user's, who is told how to remove them."""
    # Root, whom CI is, may remove all.
    monkeypatch.setattr("shutil.rmtree", lambda *_, **__: None)

    with pytest.raises(BadInputError, match=rf"^not all of {state.folder} can be removed: .*; sudo rm -r "):
        forget(state)
