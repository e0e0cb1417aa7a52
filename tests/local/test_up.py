"""Promises of `make local` before any program runs."""

import io
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from airflow_on_fargate.local.state import State
from airflow_on_fargate.local.up import Options, prepare_processes, up
from constructs_lib.shared.bad_input import BadInputError


def test_the_start_says_which_tasks_lack_their_packages(tmp_path: Path) -> None:
    """A start warns about each task whose image lacks its packages."""
    for name, line in (("lacks", "COPY . ."), ("has", "RUN pip install -r requirements.txt")):
        (tmp_path / "tasks" / name).mkdir(parents=True)
        (tmp_path / "tasks" / name / "Dockerfile").write_text(f"FROM none\n{line}\n")
        (tmp_path / "tasks" / name / "requirements.txt").write_text("requests\n")
    printed = io.StringIO()

    prepare_processes(State(tmp_path / "state"), Console(file=printed, width=80), tmp_path)

    assert printed.getvalue() == (
        "Warning: tasks/lacks/requirements.txt is not installed, as in the image: no RUN of tasks/lacks/Dockerfile"
        " installs it; add COPY requirements.txt . and RUN pip install --requirement requirements.txt\n"
    )


@pytest.fixture(name="new_state")
def _new_state(tmp_path: Path) -> Iterator[State]:
    """Return a state without a folder, and restore what a start changes in this process."""
    handler, mask = signal.getsignal(signal.SIGTERM), os.umask(0o022)
    yield State(tmp_path / "state")
    signal.signal(signal.SIGTERM, handler)
    os.umask(mask)


def test_a_refused_start_leaves_no_folder(new_state: State) -> None:
    """A refused first start leaves no folder."""
    with pytest.raises(BadInputError, match=r"^PORT must be a number from 1 to 65535, got 'http'$"):
        up(Options(stage="dev", port="http"), new_state)

    assert not new_state.folder.exists()


def test_a_refused_start_keeps_the_data_of_earlier_ones(new_state: State) -> None:
    """A refused start keeps earlier data."""
    new_state.make()
    (new_state.shared_volume / "data").touch()

    with pytest.raises(BadInputError, match=r"^PORT must be"):
        up(Options(stage="dev", port="0"), new_state)

    assert (new_state.shared_volume / "data").exists()
