import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from airflow_on_fargate.local.access_keys import owner_key
from airflow_on_fargate.local.aws.__main__ import LONGEST_POLL_SEC
from tests.local.aws.endpoint import Endpoint
from tests.programs import command


def make_queue(endpoint: Endpoint, name: str) -> str:
    """Return the URL of a queue."""
    url: str = endpoint.client("sqs").create_queue(QueueName=name)["QueueUrl"]
    return url


def test_a_message_ends_the_wait(endpoint: Endpoint) -> None:
    """A new message ends a long poll at once."""
    url, sqs = make_queue(endpoint, "ends"), endpoint.client("sqs")
    sender = threading.Timer(1, sqs.send_message, kwargs={"QueueUrl": url, "MessageBody": "hello"})
    began = time.monotonic()
    sender.start()

    [message] = endpoint.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]

    assert message["Body"] == "hello"
    assert 0.9 < time.monotonic() - began < 3


def test_without_a_message_the_wait_ends_by_itself(endpoint: Endpoint) -> None:
    """A long poll without a message ends after the requested seconds."""
    url, sqs = make_queue(endpoint, "empty"), endpoint.client("sqs")
    began = time.monotonic()

    assert "Messages" not in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)
    assert 0.9 < time.monotonic() - began < 3

    began = time.monotonic()
    assert "Messages" not in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=0)
    assert time.monotonic() - began < 1


def test_a_long_wait_ends_early(endpoint: Endpoint) -> None:
    """A poll ends after the server's maximum, so that a worker can stop."""
    url, sqs = make_queue(endpoint, "early"), endpoint.client("sqs")
    began = time.monotonic()

    assert "Messages" not in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)
    assert LONGEST_POLL_SEC - 0.1 < time.monotonic() - began < LONGEST_POLL_SEC + 2


def test_a_queue_that_is_missing_is_an_error_at_once(endpoint: Endpoint) -> None:
    """A poll of a missing queue is an error at once."""
    began = time.monotonic()

    with pytest.raises(ClientError, match="The specified queue does not exist"):
        endpoint.client("sqs").receive_message(QueueUrl=f"{endpoint.machine.endpoint}/1/none", WaitTimeSeconds=20)
    assert time.monotonic() - began < 1


def test_a_client_that_was_killed_takes_no_message(endpoint: Endpoint) -> None:
    """A message is not given to a client that was killed."""
    url, sqs = make_queue(endpoint, "killed"), endpoint.client("sqs")
    key = owner_key(endpoint.state)
    environment = {
        "AWS_ENDPOINT_URL": endpoint.machine.endpoint,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": key.id,
        "AWS_SECRET_ACCESS_KEY": key.secret,
    }
    with subprocess.Popen(command("receive", url), env=environment, stdout=subprocess.PIPE) as dead:
        assert dead.stdout
        dead.stdout.readline()
        time.sleep(2)
        dead.send_signal(signal.SIGKILL)

    sqs.send_message(QueueUrl=url, MessageBody="hello")
    time.sleep(1)

    [message] = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=0)["Messages"]
    assert message["Body"] == "hello"


def test_to_wait_costs_little(endpoint: Endpoint) -> None:
    """Four waiting workers use less than a tenth of a processor."""
    url = make_queue(endpoint, "idle")
    waiting = [
        threading.Thread(target=endpoint.client("sqs").receive_message, kwargs={"QueueUrl": url, "WaitTimeSeconds": 6})
        for _ in range(4)
    ]
    for thread in waiting:
        thread.start()
    time.sleep(1)
    before = _seconds(endpoint.process.pid)
    time.sleep(4)

    assert _seconds(endpoint.process.pid) - before < 0.4

    for thread in waiting:
        thread.join()


def _seconds(process: int) -> float:
    """Return the processor time of a process (`man 5 proc_pid_stat`: fields 14 and 15)."""
    fields = Path("/proc", str(process), "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
