import os
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from tests.local.aws.endpoint import CLUSTER, Endpoint, until
from tests.programs import command, python

WAIT, DEAF = python("wait"), python("deaf")


def running(endpoint: Endpoint, name: str, command: list[str], **container: object) -> str:
    """Return the ARN of a task that has printed its first line."""
    endpoint.folder(name)
    arn = endpoint.start_task(endpoint.register(name, command=command, **container))
    until(lambda: endpoint.task(arn)["lastStatus"] == "RUNNING" and bool(endpoint.output(endpoint.task(arn))))
    return arn


def is_alive(process: str) -> bool:
    """Whether a process of that id runs; one that only waits for its parent to look does not."""
    try:
        return "\nState:\tZ" not in Path("/proc", process, "status").read_text()
    except FileNotFoundError:
        return False


def test_a_task_that_is_stopped(endpoint: Endpoint) -> None:
    """A stopped task gets SIGTERM and has the reason of the call."""
    arn = running(endpoint, "stopped", WAIT)
    endpoint.ecs.stop_task(cluster=CLUSTER, task=arn, reason="enough")
    task = endpoint.stopped(arn)

    assert task["containers"][0]["exitCode"] == 143
    assert (task["stopCode"], task["stoppedReason"]) == ("UserInitiated", "enough")


def test_a_task_that_does_not_listen(endpoint: Endpoint) -> None:
    """A task that ignores SIGTERM gets SIGKILL after `stopTimeout`."""
    arn = running(endpoint, "deaf", DEAF, stopTimeout=2)
    began = time.monotonic()
    endpoint.ecs.stop_task(cluster=CLUSTER, task=arn)
    task = endpoint.stopped(arn)

    assert task["containers"][0]["exitCode"] == 137
    assert 2 <= time.monotonic() - began < 6


def test_what_a_task_leaves_behind_ends_with_it(endpoint: Endpoint) -> None:
    """All processes of a container end with its first one."""
    endpoint.folder("parent")
    began = time.monotonic()
    task = endpoint.run("parent", python("leave_child"))

    assert task["containers"][0]["exitCode"] == 0
    assert time.monotonic() - began < 20
    [process] = endpoint.output(task)
    until(lambda: not is_alive(process), limit_sec=5)


def test_a_task_is_stopped_while_its_packages_are_installed(endpoint: Endpoint) -> None:
    """A task can be stopped while its packages are installed, and no process is left."""
    folder = endpoint.folder("installing", requirements_txt="./slow\n")
    (folder / "slow").mkdir()
    mark = folder / "process"
    (folder / "slow" / "setup.py").write_text(
        f"import os, pathlib, time; pathlib.Path({str(mark)!r}).write_text(str(os.getpid())); time.sleep(100)"
    )
    (folder / "slow" / "pyproject.toml").write_text(
        "[build-system]\nrequires = []\nbuild-backend='setup'\nbackend-path=['.']\n"
    )
    arn = endpoint.start_task(endpoint.register("installing", command=["true"]))
    until(lambda: mark.exists() and bool(mark.read_text()))

    endpoint.ecs.stop_task(cluster=CLUSTER, task=arn, reason="enough")
    task = endpoint.stopped(arn)

    assert (task["stopCode"], task["stoppedReason"]) == ("UserInitiated", "enough")
    assert "startedAt" not in task
    until(lambda: not is_alive(mark.read_text()), limit_sec=5)


def test_a_task_is_stopped_before_it_has_a_process(endpoint: Endpoint) -> None:
    """A task that is stopped while it reads its requirements.txt, a pipe here, starts no process."""
    file = endpoint.folder("early") / "requirements.txt"
    os.mkfifo(file)
    arn = endpoint.start_task(endpoint.register("early", command=["true"]))
    writers: list[int] = []

    def is_read() -> bool:
        # A pipe without a reader cannot be opened.
        with suppress(OSError):
            writers.append(os.open(file, os.O_WRONLY | os.O_NONBLOCK))
        return bool(writers)

    until(is_read)
    endpoint.ecs.stop_task(cluster=CLUSTER, task=arn, reason="enough")
    file.unlink()
    os.close(*writers)
    task = endpoint.stopped(arn)

    assert (task["stopCode"], task["stoppedReason"]) == ("UserInitiated", "enough")
    assert "startedAt" not in task


def test_the_server_leaves_nothing_behind(own_endpoint: Endpoint) -> None:
    """SIGTERM ends the server and all its tasks within seconds."""
    arns = [running(own_endpoint, "listens", WAIT), running(own_endpoint, "does_not", DEAF)]
    processes = [own_endpoint.output(own_endpoint.task(arn))[0] for arn in arns]
    assert all(is_alive(process) for process in processes)

    assert own_endpoint.stop() < 15

    assert not any(is_alive(process) for process in processes)


def test_the_server_ends_quickly_while_somebody_waits_for_messages(own_endpoint: Endpoint) -> None:
    """An open long poll does not delay the end of the server."""
    url = own_endpoint.client("sqs").create_queue(QueueName="waiting")["QueueUrl"]
    environment = {
        "AWS_ENDPOINT_URL": own_endpoint.machine.endpoint,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_SHARED_CREDENTIALS_FILE": str(own_endpoint.state.aws_credentials),
    }
    waiting = subprocess.Popen(command("receive", url), env=environment, stderr=subprocess.DEVNULL)
    time.sleep(2)

    assert own_endpoint.stop() < 10

    waiting.kill()
    waiting.wait()
