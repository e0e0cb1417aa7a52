"""A Celery worker with Airflow's own configuration, without what the image adds."""

import time
from pathlib import Path

from airflow.providers.celery.executors.default_celery import DEFAULT_CELERY_CONFIG
from celery import Celery  # type: ignore[import-untyped] # Celery has no types

app = Celery("test")
app.conf.update({**DEFAULT_CELERY_CONFIG, "result_backend": None})


@app.task(name="nap")  # type: ignore[untyped-decorator] # as above
def nap(sec: float, file: str) -> None:
    """Sleep, and write into *file* that it began and ended."""
    Path(file).write_text("began")
    time.sleep(sec)
    Path(file).write_text("ended")


if __name__ == "__main__":
    app.worker_main(["worker", "--optimization=fair", "--loglevel=INFO", "--concurrency=2"])
