import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from airflow_on_fargate.local.aws.process import DockerProcess, end_left_behind, write_down
from airflow_on_fargate.local.launch import Launch
from airflow_on_fargate.local.state import State
from tests.local.aws.endpoint import Endpoint, until
from tests.local.aws.test_stop import is_alive, running
from tests.programs import code, command, python


def test_a_killed_server_leaves_no_task_behind(own_endpoint: Endpoint) -> None:
    """A restarted server ends the tasks of its killed predecessor with all their processes."""
    arn = running(own_endpoint, "left", python("wait_with_child"))
    processes = own_endpoint.output(own_endpoint.task(arn))[0].split()
    own_endpoint.process.kill()
    own_endpoint.process.wait()
    assert all(is_alive(process) for process in processes)

    own_endpoint.start()

    until(lambda: not any(is_alive(process) for process in processes), limit_sec=5)
    assert list(own_endpoint.state.running_tasks.glob("*")) == []


def test_a_task_that_has_ended_is_not_written_down(own_endpoint: Endpoint) -> None:
    """A task that has ended has no file, so their number does not grow."""
    own_endpoint.folder("ended")

    own_endpoint.run("ended", ["true"])

    assert list(own_endpoint.state.running_tasks.glob("*")) == []


@pytest.mark.programs
def test_another_process_of_that_id_lives_on(tmp_path: Path) -> None:
    """A process with a reused id is not killed."""
    state = State(tmp_path)
    others = [subprocess.Popen(command("wait"), start_new_session=True) for _ in range(2)]
    try:
        for other in others:
            write_down(state.running_tasks, other.pid)
        file = state.running_tasks / str(others[0].pid)
        file.write_text(str(json.loads(file.read_text()) - 100))

        end_left_behind(state, containers=False)

        assert others[1].wait(timeout=5) == -signal.SIGKILL
        assert others[0].poll() is None
    finally:
        for other in others:
            other.kill()
            other.wait()


@pytest.mark.programs
def test_what_has_ended_meanwhile_is_forgotten(tmp_path: Path) -> None:
    """The file of a process that has ended is removed, and nothing is killed."""
    state = State(tmp_path)
    ended = subprocess.Popen([sys.executable, "-c", ""], start_new_session=True)
    file = write_down(state.running_tasks, ended.pid)
    ended.wait()
    assert not os.path.exists(f"/proc/{ended.pid}")  # noqa: PTH110 not a file of ours

    end_left_behind(state, containers=False)

    assert not file.exists()


@pytest.mark.programs
def test_a_container_that_docker_still_creates_gets_its_signal_later(tmp_path: Path) -> None:
    """A signal reaches a container that Docker is still creating."""
    docker = tmp_path / "docker"
    docker.write_text(f"#!{sys.executable}\n{code('create_slowly')}")
    docker.chmod(0o755)
    process = DockerProcess(
        Launch([str(docker), "run"], os.environ, tmp_path, name="task"), print, tmp_path / "running"
    )

    process.send_signal(signal.SIGTERM)

    assert process.wait() == 128 + signal.SIGTERM
    assert (tmp_path / "asked").read_text() == "kill --signal=SIGTERM task"
