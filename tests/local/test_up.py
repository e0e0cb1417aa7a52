"""Promises of `make local`."""

import fcntl
import io
import os
import shlex
import shutil
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from airflow_on_fargate.local.containers import ContainerDefinition
from airflow_on_fargate.local.database import Database
from airflow_on_fargate.local.ports import HOST
from airflow_on_fargate.local.state import State
from airflow_on_fargate.local.stop import stop
from airflow_on_fargate.local.supervisor import Program, Supervisord
from airflow_on_fargate.local.up import Options, prepare_processes, up
from constructs_lib.shared.bad_input import BadInputError
from tests.clone import PROJECT
from tests.programs import code, command


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
    with socket.create_server((HOST, 0)) as other, pytest.raises(BadInputError, match=r"^port \d+ is used by another"):
        up(Options(stage="dev", port=other.getsockname()[1]), new_state)

    assert not new_state.folder.exists()


def test_a_refused_start_keeps_the_data_of_earlier_ones(new_state: State) -> None:
    """A refused start keeps earlier data."""
    new_state.make()
    (new_state.shared_volume / "data").touch()

    with socket.create_server((HOST, 0)) as other, pytest.raises(BadInputError, match=r"^port \d+ is used by another"):
        up(Options(stage="dev", port=other.getsockname()[1]), new_state)

    assert (new_state.shared_volume / "data").exists()


WORKER = ContainerDefinition(
    "airflow-dev-airflow",
    {"name": "worker", "healthCheck": {"command": ["CMD", sys.executable, "-c", ""], "timeout": 10}},
)
DATABASE = Database("127.0.0.1", 1, "airflow", "me", "secret")


@pytest.fixture(name="light")
def _light(new_state: State, monkeypatch: pytest.MonkeyPatch) -> Iterator[State]:
    """Let a start of `new_state` run the user's database and programs that do nothing in place of AWS and a worker."""
    provisions = f"touch {new_state.provisioned}; exec {shlex.join(command('wait'))}"
    found = [
        Program(name="aws", command=[shutil.which("sh") or "sh", "-c", provisions]),
        Program(name="worker", command=command("wait")),
    ]
    monkeypatch.setattr("airflow_on_fargate.local.up._compose", lambda *_: None)
    monkeypatch.setattr("airflow_on_fargate.local.up.airflow_containers", lambda _: [WORKER])
    monkeypatch.setattr("airflow_on_fargate.local.up.programs", lambda *_, **__: found)
    monkeypatch.setattr("airflow_on_fargate.local.up.reachable_database", lambda _: DATABASE)
    handler = signal.getsignal(signal.SIGINT)
    yield new_state
    signal.signal(signal.SIGINT, handler)
    assert not Supervisord(new_state).is_running()


@contextmanager
def when_ready(state: State, act: Callable[[], object]) -> Iterator[None]:
    """Call *act* in a thread when the UI is reported as ready, if that is so before the end."""
    ended = threading.Event()

    def wait() -> None:
        while not state.ready.exists():
            if ended.wait(0.05):
                return
        act()

    thread = threading.Thread(target=wait)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


OPTIONS = Options(stage="dev", database_url=DATABASE.url)


@pytest.mark.programs
def test_an_interruption_stops_the_stack(light: State, capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C, and the SIGTERM of a service manager: the program ends when all others have ended."""
    with when_ready(light, lambda: os.kill(os.getpid(), signal.SIGTERM)):
        up(OPTIONS, light)

    lines = [line.partition(" s  ")[2] or line for line in capsys.readouterr().out.splitlines()]
    assert lines[:3] == ["the stage dev is composed", "aws is ready", "worker is healthy"]
    assert set(lines[lines.index("Stopping") + 1 :]) == {"aws has stopped", "worker has stopped"}
    assert not light.ready.exists()


@pytest.mark.programs
def test_an_interruption_before_the_stack_is_ready_is_no_success(
    light: State, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What has started is stopped, and the caller learns of the interruption."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("airflow_on_fargate.local.up.Start.run", interrupt)

    with pytest.raises(KeyboardInterrupt):
        up(OPTIONS, light)

    assert "Stopping" in capsys.readouterr().out


@pytest.mark.programs
def test_a_start_ends_with_its_stack(light: State, capsys: pytest.CaptureFixture[str]) -> None:
    """`make local-down` in another terminal stops it."""
    with when_ready(light, lambda: stop(light, Console(quiet=True))):
        up(OPTIONS, light)

    assert "Stopping" not in capsys.readouterr().out
    assert not light.ready.exists()


@pytest.mark.programs
def test_a_start_that_fails_stops_what_it_has_started(
    light: State, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its folder stays: the logs have the reason."""
    unhealthy = {"command": ["CMD", sys.executable, "-c", "raise SystemExit(1)"], "timeout": 10}
    worker = ContainerDefinition(WORKER.family, {**WORKER.definition, "healthCheck": unhealthy})
    monkeypatch.setattr("airflow_on_fargate.local.up.airflow_containers", lambda _: [worker])
    monkeypatch.setattr("airflow_on_fargate.local.start.START_PERIOD_SEC", 1)

    with pytest.raises(BadInputError, match=r"^worker was not ready within 1 s; its output is in "):
        up(OPTIONS, light)

    assert light.logs.exists()
    assert not light.ready.exists()
    assert "Stopping" not in capsys.readouterr().out


def test_two_starts_at_the_same_time_are_refused(light: State) -> None:
    """The second one, before the first one has started a program."""
    light.make_folder()
    with (light.folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)

        with pytest.raises(
            BadInputError, match=r"^the stack already runs, but is not ready yet; airflow-fargate local down stops it$"
        ):
            up(OPTIONS, light)


@pytest.mark.programs
def test_a_stage_that_cannot_be_composed_is_refused(
    new_state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The sentence is that of main.py, and its warnings have lines of their own."""
    (tmp_path / "main.py").write_text(code("refuse"))
    monkeypatch.setenv("PYTHONPATH", str(PROJECT))
    monkeypatch.setattr("airflow_on_fargate.local.up.project_folder", lambda: tmp_path)

    with pytest.raises(BadInputError, match=r"^stages\.py is wrong$"):
        up(Options(stage="dev", database_url=None), new_state)
    assert capsys.readouterr().err == "warning: slow\n"


@pytest.mark.programs
def test_a_main_py_that_fails_in_silence_is_refused(
    new_state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is a sentence, also if main.py has printed none."""
    (tmp_path / "main.py").write_text("raise SystemExit(3)")
    monkeypatch.setenv("PYTHONPATH", str(PROJECT))
    monkeypatch.setattr("airflow_on_fargate.local.up.project_folder", lambda: tmp_path)

    with pytest.raises(BadInputError, match=r"^main\.py has failed with exit code 3$"):
        up(Options(stage="dev", database_url=None), new_state)


@pytest.mark.programs
def test_containers_that_a_crash_has_left_are_reported(
    light: State, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """They are removed, because new ones would have their names."""
    monkeypatch.setattr("airflow_on_fargate.local.up.remove_containers", lambda *_: True)
    monkeypatch.setattr("airflow_on_fargate.local.up.install_packages", lambda *_: True)
    with when_ready(light, lambda: stop(light, Console(quiet=True))):
        up(OPTIONS, light)

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Removed containers that were left after a crash"
    assert "Installed requirements.txt" in lines


@pytest.mark.programs
def test_images_are_built_with_the_rights_that_the_users_files_have(
    light: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A container's user reads what COPY puts there; the stack's own files are for the owner alone."""
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\n[ $1 = inspect ] && echo healthy || exit 0\n")
    docker.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr("airflow_on_fargate.local.up.build_images", lambda _: (tmp_path / "built").touch())

    up(replace(OPTIONS, containers=True, detach=True), light)

    assert (tmp_path / "built").stat().st_mode & 0o777 == 0o644
    assert light.ready.stat().st_mode & 0o777 == 0o600
    assert "user admin, password: cat " in capsys.readouterr().out
    stop(light, Console(quiet=True))
