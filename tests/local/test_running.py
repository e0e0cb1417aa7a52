import io
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from rich.console import Console

from airflow_on_fargate.local.output import Output
from airflow_on_fargate.local.progress import Progress, stay
from airflow_on_fargate.local.restart import note_start, restart_hint
from airflow_on_fargate.local.state import State
from airflow_on_fargate.local.supervisor import Program, Supervisord
from tests.local.test_restart import CHANGED
from tests.programs import command

pytestmark = pytest.mark.programs


def test_a_crash_and_a_change_are_a_line_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash and a changed file are one line each, without the programs' output."""
    monkeypatch.setattr("airflow_on_fargate.local.progress.LOOK_SEC", 0.1)
    monkeypatch.setattr("airflow_on_fargate.local.progress.project_folder", lambda: tmp_path / "project")
    state, written = State(tmp_path / "state"), io.StringIO()
    state.make()
    note_start(state, tmp_path / "project", containers=False)
    supervisor, console = Supervisord(state), Console(file=written, width=200)
    process = supervisor.launch([Program(name=name, command=command("wait")) for name in ("aws", "worker")])
    for name in ("aws", "worker"):
        supervisor.start(name)
    progress = Progress(console, Output({"worker": supervisor.log_file("worker")}, console), began=0)
    running = threading.Thread(target=stay, args=(process, supervisor, state, progress, console))
    while set(supervisor.states().values()) != {"RUNNING"}:
        time.sleep(0.1)
    looks = threading.Semaphore(0)

    def seen_hint(state: State, project: Path) -> str | None:
        hint = restart_hint(state, project)
        looks.release()
        return hint

    monkeypatch.setattr("airflow_on_fargate.local.progress.restart_hint", seen_hint)
    running.start()
    # The second look begins after the first one has found no change.
    for _ in range(3):
        assert looks.acquire(timeout=20)

    os.kill(supervisor.process_ids()["worker"], signal.SIGKILL)
    (tmp_path / "project/tasks/new").mkdir(parents=True)
    end = time.monotonic() + 20
    while len(written.getvalue().splitlines()) < 2 and time.monotonic() < end:
        time.sleep(0.1)
    supervisor.shut_down()
    running.join()

    assert set(written.getvalue().splitlines()) == {
        "worker crashed and was restarted; airflow-fargate local logs worker shows why",
        f"tasks/new/ {CHANGED}",
    }


def test_a_stack_may_be_stopped_as_soon_as_it_is_ready(tmp_path: Path) -> None:
    """The start ends with it, without an error."""
    state, console = State(tmp_path), Console(file=io.StringIO())
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()

    stay(process, Supervisord(state), state, Progress(console, Output({"aws": state.logs}, console), began=0), console)
