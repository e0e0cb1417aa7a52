"""
A Celery worker with the image's configuration and tasks for tests.

`python -m tests.airflow_fargate.programs.celery_worker [impatient|stopped_early]`
"""

import os
import signal
import sys
import time
from pathlib import Path

from airflow_fargate.celery_config import CELERY_CONFIG
from airflow_fargate.worker import drain, stop_time
from celery import Celery, bootsteps  # type: ignore[import-untyped] # Celery has no types
from typing_extensions import override

app = Celery("test")
app.conf.update({**CELERY_CONFIG, "result_backend": None})


@app.task(name="nap")  # type: ignore[untyped-decorator] # Celery has no types
def nap(sec: float, file: str) -> None:
    """Sleep, and write into *file* that it began and ended."""
    Path(file).write_text("began")
    time.sleep(sec)
    Path(file).write_text("ended")


@app.task(name="as_long_as_it_may")  # type: ignore[untyped-decorator] # as above
def as_long_as_it_may(file: str) -> None:
    """Run until the stop time is over."""
    Path(file).write_text("began")
    while not stop_time.is_over():
        time.sleep(0.1)
    Path(file).write_text("ended")


class StopEarly(bootsteps.StartStopStep):  # type: ignore[misc] # as above
    """Stop the worker before it is ready."""

    @override
    def start(self, parent: object) -> None:
        """Send the signal that ECS sends."""
        os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    if sys.argv[1:] == ["impatient"]:
        drain.SILENT_SEC = 3  # instead of a minute
    elif sys.argv[1:] == ["stopped_early"]:
        app.steps["consumer"].add(StopEarly)
    app.worker_main(["worker", "--optimization=fair", "--loglevel=INFO", "--concurrency=2"])
