import time
from pathlib import Path

from tests.airflow_fargate.worker.sqs import sqs, until


def test_a_worker_beats_by_the_timer_of_the_loop_that_polls(tmp_path: Path) -> None:
    """A Celery worker touches its heartbeat when it is ready and every ten seconds, also without tasks."""
    heartbeat, log = tmp_path / "heartbeat", tmp_path / "log"
    with (
        sqs(longest_sec=2) as queue,
        queue.worker(log, AIRFLOW_FARGATE_HEARTBEAT_FILE=str(heartbeat)) as process,
    ):
        until(heartbeat.exists, log)
        began = time.monotonic()
        heartbeat.unlink()
        until(heartbeat.exists, log)
        process.kill()

    assert 8 < time.monotonic() - began < 14
