"""Promises of a worker whose SQS fails."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.airflow_fargate.sqs import Sqs, sqs, until

# Instead of a minute.
IMPATIENT = "from airflow_fargate import drain; drain.SILENT_SEC = 3"


@pytest.fixture(name="queue")
def _queue() -> Iterator[Sqs]:
    with sqs(longest_sec=1) as queue:
        yield queue


@pytest.mark.parametrize("status", [500, 503, 0], ids=["internal error", "unavailable", "no answer"])
def test_a_worker_takes_messages_again_when_sqs_answers_again(queue: Sqs, tmp_path: Path, status: int) -> None:
    """It goes on with what it does meanwhile, and is neither ended nor deaf afterwards."""
    log, running, later = tmp_path / "log", tmp_path / "running", tmp_path / "later"
    with queue.worker(log, before=IMPATIENT) as process:
        queue.send("nap", 6, str(running))
        until(running.exists, log)
        queue.failing.status = status
        until(lambda: queue.failing.failed > 1, log)
        queue.send("nap", 0, str(later))
        queue.failing.status = None
        until(later.exists, log)
        until(lambda: running.read_text() == "ended", log)

        assert process.poll() is None, log.read_text()
