"""Promises of a worker whose SQS fails."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from airflow_on_fargate.local.aws.long_poll import RECEIVE
from airflow_on_fargate.local.state import write_secret
from tests.airflow_fargate.worker.sqs import Sqs, sqs, until


@pytest.fixture(name="queue")
def _queue() -> Iterator[Sqs]:
    with sqs(longest_sec=1) as queue:
        yield queue


@pytest.mark.parametrize(
    ("how", "noted"),
    [
        ({"error": "InternalFailure", "status": 500}, "refused"),
        ({"error": "ServiceUnavailable", "status": 503}, "refused"),
        ({"silent": True}, "waits"),
    ],
    ids=["internal error", "unavailable", "no answer"],
)
def test_a_worker_takes_messages_again_when_sqs_answers_again(
    queue: Sqs, tmp_path: Path, capsys: pytest.CaptureFixture[str], how: dict[str, object], noted: str
) -> None:
    """A worker survives errors of SQS, runs its tasks meanwhile, and receives messages afterwards."""
    log, running, later = tmp_path / "log", tmp_path / "running", tmp_path / "later"
    with queue.worker(log, "impatient") as process:
        queue.send("nap", 6, str(running))
        until(running.exists, log)
        write_secret(queue.fault, json.dumps({"target": RECEIVE, **how}))
        until(lambda: f"{noted}: {RECEIVE}" in capsys.readouterr().err, log)
        if "silent" in how:
            until(lambda: "SQS has not answered for 3 s" in log.read_text(), log)
        queue.send("nap", 0, str(later))
        queue.fault.unlink()
        until(later.exists, log)
        until(lambda: running.read_text() == "ended", log)

        assert process.poll() is None, log.read_text()


def test_celery_itself_still_has_the_fault(queue: Sqs, tmp_path: Path) -> None:
    """If this fails, kombu survives an error of SQS: delete our `Channel._on_messages_ready`."""
    log = tmp_path / "log"
    with queue.worker(log, program="plain_worker") as process:
        until(lambda: " ready." in log.read_text(), log)
        write_secret(queue.fault, json.dumps({"target": RECEIVE, "error": "InternalFailure", "status": 500}))

        until(lambda: "AttributeError: 'list' object has no attribute 'get'" in log.read_text(), log)

        # A worker that fails so may wait for its pool for ever.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
