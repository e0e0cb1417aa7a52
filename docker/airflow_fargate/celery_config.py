"""Celery's configuration on a worker: Airflow's own, and a heartbeat."""

from typing import Any

from airflow.providers.celery.executors.default_celery import DEFAULT_CELERY_CONFIG
from celery.signals import worker_ready  # type: ignore[import-untyped] # Celery has no types
from celery.worker.consumer import Consumer  # type: ignore[import-untyped] # Celery has no types

from airflow_fargate.heartbeat import beat

CELERY_CONFIG: dict[str, Any] = dict(DEFAULT_CELERY_CONFIG)


@worker_ready.connect  # type: ignore[untyped-decorator] # Celery has no types
def _beat_from_now_on(sender: Consumer, **_: object) -> None:
    # The sender is Celery's consumer; its timer runs in the loop that polls the queue.
    beat()
    sender.timer.call_repeatedly(10, beat)
