"""A real Celery worker, as the image configures it, on a queue of moto's SQS."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import boto3
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from airflow_on_fargate.local.aws.faults import Faults
from airflow_on_fargate.local.aws.long_poll import LongPoll
from airflow_on_fargate.local.state import State
from constructs_lib.airflow.environment import environment
from tests.airflow.test_environment import STAGE
from tests.airflow_fargate.container import PROGRAMS, environment_with, started
from tests.http_server import serving

REGION = "eu-central-1"
LIMIT_SEC = 60


def until(done: Callable[[], bool], log: Path) -> None:
    """Wait for *done*; a worker that takes too long is seen by its *log*."""
    end = time.monotonic() + LIMIT_SEC
    while not done():
        assert time.monotonic() < end, log.read_text()
        time.sleep(0.05)


class Sqs:
    """A queue `default` with SQS's long polls; the file *fault* describes how AWS fails (`Faults`)."""

    def __init__(self, endpoint: str, fault: Path, asked: set[tuple[str, str]]) -> None:
        self.endpoint = endpoint
        self.fault = fault
        self.asked = asked
        """Who, `scheduler` or `worker`, has made which calls, such as `sqs:SendMessage`."""
        self._client: Any = boto3.client(
            "sqs", endpoint_url=endpoint, region_name=REGION, aws_access_key_id="a", aws_secret_access_key="b"
        )
        self.url = self._client.create_queue(QueueName="default", Attributes={"VisibilityTimeout": "600"})["QueueUrl"]

    def count(self) -> tuple[int, int]:
        """Return how many messages are visible, and how many are in flight."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self._client.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)["Attributes"]
        return int(found[names[0]]), int(found[names[1]])

    def delete(self) -> None:
        """Delete the queue."""
        self._client.delete_queue(QueueUrl=self.url)

    def send(self, task: str, *arguments: object) -> None:
        """Send a message as Airflow's scheduler does, by Celery."""
        options = {"predefined_queues": {"default": {"url": self.url}}, "region": REGION}
        ended = started(
            "celery_message.send", options, task, arguments, **self.variables(AWS_ACCESS_KEY_ID="scheduler")
        )
        assert ended.returncode == 0, ended.stderr

    @contextmanager
    def worker(
        self, log: Path, *changes: str, program: str = "celery_worker", **variables: str
    ) -> Iterator["subprocess.Popen[bytes]"]:
        """
        Run a worker of two processes, a process group, which prints to *log*.

        *changes* are those of the *program*.
        """
        with log.open("wb") as output:
            command = [sys.executable, "-m", f"{PROGRAMS}.{program}", *changes]
            process_environment = environment_with(self.variables(**variables))
            process = subprocess.Popen(
                command, env=process_environment, stdout=output, stderr=output, start_new_session=True
            )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGQUIT)
                try:
                    process.wait(LIMIT_SEC)
                except subprocess.TimeoutExpired:
                    # No test promises that Celery ends then, and at times it waits for its pool for ever.
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()

    def variables(self, **more: str) -> dict[str, str]:
        """Return the environment of a worker of this queue."""
        queues = {"default": {"url": self.url, "region": REGION}}
        container_variables = environment("worker", STAGE) | {
            "AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__PREDEFINED_QUEUES": json.dumps(queues),
            "AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__REGION": REGION,
            # Celery's result backend is derived from it.
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "postgresql+psycopg2://u:p@127.0.0.1:1/d",
            "AWS_ACCESS_KEY_ID": "worker",
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_SECRET_ACCESS_KEY": "b",
        }
        return {**container_variables, **more}


@contextmanager
def sqs(*, longest_sec: float = 20) -> Iterator[Sqs]:
    """Run SQS on a free port."""
    application = LongPoll(DomainDispatcherApplication(create_backend_app), region=REGION, longest_sec=longest_sec)
    asked: set[tuple[str, str]] = set()

    def noted(environ: dict[str, Any], start_response: Any) -> Any:  # noqa: ANN401 as WSGI has it
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = BytesIO(body)
        # In SQS's JSON protocol a header names the operation, in the older one a field of the form.
        operation = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2] or parse_qs(body.decode())["Action"][0]
        signer = re.search(r"Credential=(\w+)/", environ.get("HTTP_AUTHORIZATION", ""))
        asked.add((signer[1] if signer else "nobody", f"sqs:{operation.removesuffix('Batch')}"))
        return application(environ, start_response)

    with tempfile.TemporaryDirectory() as folder:
        state = State(Path(folder))
        with serving(make_server("127.0.0.1", 0, Faults(noted, state=state), threaded=True)) as port:
            queue = Sqs(f"http://127.0.0.1:{port}", state.aws_fault, asked)
            try:
                yield queue
                # moto keeps what it has in this process.
                queue.delete()
            finally:
                state.aws_fault.unlink(missing_ok=True)
