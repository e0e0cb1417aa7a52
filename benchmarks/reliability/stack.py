"""The stack on this machine, with methods that break parts of it."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import psutil

from airflow_on_fargate.local.access_keys import owner_key
from airflow_on_fargate.local.airflow_api import AirflowApi
from airflow_on_fargate.local.containers import airflow_containers, program_name
from airflow_on_fargate.local.credentials import client
from airflow_on_fargate.local.database import Database
from airflow_on_fargate.local.machine import Machine
from airflow_on_fargate.local.programs import AWS, DATABASE
from airflow_on_fargate.local.state import State
from airflow_on_fargate.local.supervisor import Supervisord
from airflow_on_fargate.local.template import Template
from benchmarks.dag_bundles.git_remote import Remote
from benchmarks.killing import kill_with_children

LIMIT_SEC = 300
"""The time limit of a run, and of every other wait; a few tasks take half a minute."""
POLL_SEC = 0.2


def wait_for(is_so: Callable[[], object], what: str, *, limit_sec: float = LIMIT_SEC) -> None:
    """
    Wait until *is_so*, up to *limit_sec*.

    Raises:
        TimeoutError: it is not; the sentence says *what* was waited for.

    """
    end = time.monotonic() + limit_sec
    while not is_so():
        if time.monotonic() > end:
            msg = f"waited {limit_sec:g} s for {what}, which did not happen"
            raise TimeoutError(msg)
        time.sleep(POLL_SEC)


class Stack:
    """The stack of *state*, whose default queue is served by one worker; *remote* has its DAGs, if they are in Git."""

    def __init__(self, state: State, remote: Remote | None = None) -> None:
        self.state = state
        self._remote = remote
        self.supervisor = Supervisord(state)
        self._marks: dict[str, int] = {}

    @cached_property
    def _machine(self) -> Machine:
        return Machine.read(self.state)

    @cached_property
    def _template(self) -> Template:
        return Template(self.state.template(self._machine.stage))

    @property
    def dags(self) -> Path:
        """The folder `dags` of the project that runs."""
        return self.state.folder.parent / "dags"

    @property
    def remote(self) -> Remote:
        """
        The repository with the DAGs.

        Raises:
            RuntimeError: the DAGs are not in Git.

        """
        if not self._remote:
            msg = "the DAGs of this stack are not in Git"
            raise RuntimeError(msg)
        return self._remote

    @property
    def api(self) -> AirflowApi:
        """Airflow's API."""
        return AirflowApi(self.state)

    def family(self, container: str) -> str:
        """Return the task definition that has the *container*; of several, the one of the default queue."""
        found = [each.family for each in airflow_containers(self._template) if each.name == container]
        return next((each for each in found if each.endswith("-default")), found[0])

    def program(self, container: str) -> str:
        """Return the supervisor's name of the program that runs the *container*."""
        return container if container in (DATABASE, AWS) else program_name(self.family(container), container)

    def process(self, container: str) -> psutil.Process:
        """Return the process of the *container*."""
        return psutil.Process(self.supervisor.process_ids()[self.program(container)])

    def kill(self, container: str) -> None:
        """Kill a process and all its children, as the failure of a machine does; supervisord starts it again."""
        kill_with_children(self.process(container).pid)

    def terminate(self, container: str) -> None:
        """Send SIGTERM, as ECS does, and wait until it has ended; supervisord starts it again."""
        process = self.process(container)
        os.kill(process.pid, signal.SIGTERM)
        process.wait()

    def restart(self, *containers: str, away_sec: float = 0) -> None:
        """Stop them, one after the other, and start them *away_sec* later."""
        names = [self.program(container) for container in containers]
        for name in names:
            self.supervisor.stop_program(name)
        time.sleep(away_sec)
        for name in names:
            self.supervisor.start(name)

    def wait_until_well(self) -> None:
        """Wait until every program runs, or has ended as the migration does."""
        wait_for(lambda: set(self.supervisor.states().values()) <= {"RUNNING", "EXITED"}, "every program to run")

    @cached_property
    def sqs(self) -> Any:  # noqa: ANN401 boto3 has no types
        """A client of SQS."""
        return client(
            "sqs", key=owner_key(self.state), endpoint=self._machine.endpoint, region=self._template.stack.region
        )

    def queue_url(self, suffix: str = "") -> str:
        """Return the URL of the default queue, or of that with a *suffix*."""
        url: str = self.sqs.get_queue_url(QueueName=f"airflow-{self._machine.stage}-default{suffix}")["QueueUrl"]
        return url

    @contextmanager
    def visibility(self, seconds: int) -> Iterator[None]:
        """Set the queue's visibility timeout to *seconds* in this context."""
        url, name = self.queue_url(), "VisibilityTimeout"
        before = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name]
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes={name: str(seconds)})
        try:
            yield
        finally:
            self.sqs.set_queue_attributes(QueueUrl=url, Attributes={name: before})

    def sql(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Return the result of a query of the metadata database."""
        connection = Database.from_url(self.state.database_url.read_text().strip()).connect()
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(statement, values)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def mark(self) -> None:
        """Remember where the logs end now."""
        self._marks = {path.name: path.stat().st_size for path in self.state.logs.glob("*.log")}

    def log_of(self, container: str) -> str:
        """Return what the program has logged since `mark`."""
        log: Path = self.supervisor.log_file(self.program(container))
        with log.open("rb") as file:
            file.seek(self._marks.get(log.name, 0))
            return file.read().decode(errors="replace")
