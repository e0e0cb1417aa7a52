import hashlib
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from airflow_on_fargate.local.state import State
from airflow_on_fargate.local.supervisor import Program, Supervisord
from constructs_lib.shared.bad_input import BadInputError
from tests.local.state_folder import state_folder
from tests.programs import command


@pytest.fixture(name="state")
def _state() -> Iterator[State]:
    """Return an empty state folder."""
    with state_folder() as state:
        yield state


@pytest.fixture(name="supervisor")
def _supervisor(state: State, monkeypatch: pytest.MonkeyPatch) -> Iterator[Supervisord]:
    """Return a supervisor with a program that stays, one that ends with 3, and one that says its environment."""
    monkeypatch.setenv("AWS_PROFILE", "nowhere")
    supervisor = Supervisord(state)
    say = command("write_environment", str(state.folder / "written"))
    process = supervisor.launch(
        [
            Program(name="stays", command=command("wait")),
            Program(name="ends", command=[sys.executable, "-c", "raise SystemExit(3)"], restarts=False),
            Program(name="says", command=say, environment={"WORD": "100%, said"}),
        ]
    )
    yield supervisor
    supervisor.shut_down()
    process.wait()


def until(done: Callable[[], bool]) -> None:
    """Wait for *done*, ten seconds at most."""
    end = time.monotonic() + 10
    while not done():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.programs
def test_what_crashes_is_started_again(supervisor: Supervisord) -> None:
    """A crashed program is restarted."""
    supervisor.start("stays")
    until(lambda: supervisor.states()["stays"] == "RUNNING")
    first = supervisor.process_ids()["stays"]

    os.kill(first, signal.SIGKILL)

    until(lambda: supervisor.process_ids().get("stays", first) != first)


@pytest.mark.programs
def test_a_program_that_runs_once_has_an_exit_code(supervisor: Supervisord) -> None:
    """A program that runs once is not restarted, and has an exit status."""
    supervisor.start("ends")
    until(lambda: supervisor.states()["ends"] == "EXITED")

    assert supervisor.exit_status("ends") == 3


@pytest.mark.programs
def test_output_goes_to_a_file(supervisor: Supervisord) -> None:
    """Each program's output goes to its own file, and its environment has no AWS profile of the user."""
    supervisor.start("says")

    until(
        lambda: supervisor.log_file("says").exists() and supervisor.log_file("says").read_text() == "100%, said None\n"
    )


@pytest.mark.programs
def test_all_programs_end_with_the_supervisor(supervisor: Supervisord) -> None:
    """All programs end with the supervisor."""
    supervisor.start("stays")
    until(lambda: supervisor.states()["stays"] == "RUNNING")
    process = supervisor.process_ids()["stays"]

    supervisor.shut_down()

    assert not Path("/proc", str(process)).exists()
    assert not supervisor.is_running()


@pytest.mark.programs
def test_a_long_path_is_no_hindrance() -> None:
    """A long path of the project works although a socket's path is limited."""
    with tempfile.TemporaryDirectory() as folder:
        state = State(Path(folder, "long" * 30))
        state.make()
        supervisor = Supervisord(state)
        process = supervisor.launch([])
        supervisor.shut_down()

        assert process.wait() == 0


def test_another_users_folder_in_place_of_the_socket_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A socket folder of another user is refused."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    state = State(tmp_path / ("long" * 30))
    state.make()
    word = hashlib.sha256(str(state.folder).encode()).hexdigest()[:16]
    folder = tmp_path / f"airflow-local-{os.getuid()}-{word}"
    folder.mkdir()
    folder.chmod(0o777)

    for ask in (Supervisord(state).is_running, lambda: Supervisord(state).launch([])):
        with pytest.raises(BadInputError, match=f"^{folder} must be a folder that only you can access: remove it"):
            ask()


@pytest.mark.programs
def test_others_read_nothing_that_programs_write(supervisor: Supervisord, state: State) -> None:
    """Other users can read neither output, socket nor files of the programs."""
    supervisor.start("says")
    until(lambda: supervisor.log_file("says").exists() and (state.folder / "written").exists())

    for file in (supervisor.log_file("says"), state.folder / "written", state.folder / "supervisor.sock"):
        assert file.stat().st_mode & 0o077 == 0


@pytest.mark.programs
def test_programs_of_one_priority_stop_together(state: State) -> None:
    """Programs of one priority stop together, before those of a lower one."""
    supervisor = Supervisord(state)
    priorities = {"a": 2, "b": 2, "last": 1}
    process = supervisor.launch(
        [Program(name=name, command=command("slow_end"), priority=each) for name, each in priorities.items()]
    )
    files = {name: supervisor.log_file(name) for name in priorities}
    for name in priorities:
        supervisor.start(name)
    until(lambda: all(file.exists() and "begun" in file.read_text() for file in files.values()))

    supervisor.shut_down()

    process.wait()
    times = {name: [float(line) for line in file.read_text().splitlines()[1:]] for name, file in files.items()}
    (a, a_ended), (b, b_ended), (last, _) = times["a"], times["b"], times["last"]
    assert max(a, b) < min(a_ended, b_ended)
    assert max(a_ended, b_ended) < last


@pytest.mark.programs
def test_a_supervisor_that_does_not_answer_in_time_is_stopped(state: State) -> None:
    """A supervisor that does not answer in time is stopped."""
    supervisor = Supervisord(state)

    with pytest.raises(TimeoutError, match="did not answer within 0 s and was stopped; start it again"):
        supervisor.launch([Program(name="stays", command=command("wait"))], limit_sec=0)

    commands = [each.info["cmdline"] or [] for each in psutil.process_iter(["cmdline"])]
    assert not [each for each in commands if any(str(state.folder) in word for word in each)]


@pytest.mark.programs
def test_a_supervisor_that_does_not_start_names_its_log(state: State) -> None:
    """The file has the reason."""
    supervisor = Supervisord(state)
    file = supervisor.log_file("supervisord")

    with pytest.raises(TimeoutError, match=f"^supervisord did not start; the reason is in {file}$"):
        supervisor.launch([Program(name="stays", command=command("wait"), stop_signal="NONE")])

    assert "NONE" in file.read_text()


@pytest.mark.programs
def test_a_stop_that_takes_too_long_is_reported(state: State) -> None:
    """A stop that takes too long is reported, and the programs are stopped."""
    supervisor = Supervisord(state)
    supervisor.launch([Program(name="deaf", command=command("deaf"), stop_timeout_sec=2)])
    supervisor.start("deaf")
    until(lambda: supervisor.log_file("deaf").exists() and bool(supervisor.log_file("deaf").read_text()))
    file = supervisor.log_file("supervisord")

    with pytest.raises(TimeoutError, match=f"^supervisord does not end; the reason is in {file}$"):
        supervisor.shut_down(limit_sec=0)

    until(lambda: not supervisor.is_running())
