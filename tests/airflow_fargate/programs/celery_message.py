"""Send a message as Airflow's scheduler does, by Celery."""

from typing import Any

from celery import Celery  # type: ignore[import-untyped] # Celery has no types


def send(options: dict[str, Any], task: str, arguments: list[Any]) -> None:
    """Send the message of *task* to the queue `default`; *options* are those of the transport."""
    app = Celery(broker="sqs://")
    app.conf.update(task_default_queue="default", broker_transport_options=options)
    app.send_task(task, arguments)
