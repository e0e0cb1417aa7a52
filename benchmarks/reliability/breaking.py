"""Break parts of the stack, and check the effects."""

import json
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from uuid import uuid4

from airflow_on_fargate.local.aws.faults import RUN_TASK, SQS
from airflow_on_fargate.local.state import write_secret
from benchmarks.reliability.fleet import Fleet
from benchmarks.reliability.stack import Stack, wait_for
from constructs_lib.settings.processes import API_SERVER, AUTOSCALER, DAG_PROCESSOR, SCHEDULER, TRIGGERER, WORKER
from constructs_lib.settings.worker_pool import DEAD_LETTER
from constructs_lib.shared.worker import QUIET_SEC

AWAY_SEC = 60
PROCESSES = [WORKER.name, TRIGGERER.name, SCHEDULER.name, DAG_PROCESSOR.name, API_SERVER.name, AUTOSCALER.name]
UNKNOWN_REVISION = "ffffffffffff"


@contextmanager
def more(stack: Stack, *, container: str, count: int) -> Iterator[None]:
    """Run *count* more of the process beside the stack's own."""
    fleet = Fleet(stack.state, stack.family(container), stop_timeout_sec=60, container=container)
    with ExitStack() as until_end:
        for _ in range(count):
            fleet.start()
        for each in fleet.workers:
            until_end.callback(each.process.wait)
            until_end.callback(fleet.kill, each)
        yield
        if ended := [each.log.name for each in fleet.workers if each.process.poll() is not None]:
            msg = f"{', '.join(ended)}: ended by itself, so there were fewer than the fault needs"
            raise RuntimeError(msg)


def _tasks(stack: Stack, state: str) -> int:
    [(count,)] = stack.sql("SELECT count(*) FROM task_instance WHERE dag_id = 'faults' AND state = %s", state)
    return int(count)


def deliver_twice(stack: Stack) -> None:
    """Send a copy of every message while no worker receives."""
    worker, url = stack.program(WORKER.name), stack.queue_url()
    stack.supervisor.stop_program(worker)
    messages = []
    while found := stack.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=0).get("Messages"):
        messages += found
    for message in messages:
        stack.sqs.send_message(QueueUrl=url, MessageBody=message["Body"])
        stack.sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    stack.supervisor.start(worker)
    if not messages:
        msg = "there was no message to deliver twice"
        raise RuntimeError(msg)


def poison(stack: Stack) -> None:
    """Send a message that Celery cannot read."""
    stack.sqs.send_message(QueueUrl=stack.queue_url(), MessageBody=f"poison {uuid4()}")


def _is_dead_letter(stack: Stack) -> bool:
    name = "ApproximateNumberOfMessages"
    found = stack.sqs.get_queue_attributes(QueueUrl=stack.queue_url(DEAD_LETTER), AttributeNames=[name])
    return int(found["Attributes"][name]) > 0


def no_dead_letter(stack: Stack) -> str:
    """Return a problem if the message is not in the dead-letter queue."""
    try:
        wait_for(lambda: _is_dead_letter(stack), "the message in the dead-letter queue")
    except TimeoutError as error:
        return str(error)
    return ""


@contextmanager
def database_ahead(stack: Stack) -> Iterator[None]:
    """Restore the schema's version at the end, whatever happens."""
    [(revision,)] = stack.sql("SELECT version_num FROM alembic_version")
    try:
        yield
    finally:
        stack.sql("UPDATE alembic_version SET version_num = %s", revision)


def roll_back(stack: Stack) -> None:
    """Make the database look newer than this Airflow, and restart every process."""
    stack.sql("UPDATE alembic_version SET version_num = %s", UNKNOWN_REVISION)
    stack.restart(*(each for each in PROCESSES if each != AUTOSCALER.name))


def no_warning(stack: Stack) -> str:
    """Return a problem if no process has warned about the newer database."""
    return "" if "newer" in stack.log_of(SCHEDULER.name) else "no process has warned about the newer database"


@contextmanager
def full_volume(stack: Stack, *, key: str) -> Iterator[None]:
    """Make the container's writes fail, because no space is left."""
    _output(stack, key).symlink_to("/dev/full")
    yield


def _output(stack: Stack, key: str) -> Path:
    return stack.state.shared_volume / "faults" / key / "container"


def make_room(stack: Stack, *, key: str) -> None:
    """Do so when the container has failed once."""
    wait_for(lambda: _tasks(stack, "up_for_retry"), "the container to fail")
    _output(stack, key).unlink()


@contextmanager
def fails(file: Path, how: dict[str, object]) -> Iterator[None]:
    """Make the endpoint fail as described in *how*, through the *file* that it reads."""
    write_secret(file, json.dumps(how))
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


@contextmanager
def protection_fails(stack: Stack, *, how: dict[str, object]) -> Iterator[None]:
    """Make the agent's endpoint fail before the worker is busy."""
    time.sleep(QUIET_SEC + 5)
    with fails(stack.state.task_protection_fault, how):
        yield


def sqs_fails(stack: Stack, **how: object) -> None:
    """Make SQS fail or not answer for a while."""
    with fails(stack.state.aws_fault, {"target": SQS, **how}):
        time.sleep(AWAY_SEC)


def refusal(stack: Stack, **how: object) -> AbstractContextManager[None]:
    """Make RunTask fail."""
    return fails(stack.state.aws_fault, {"target": RUN_TASK, **how})


def refuse_for_a_while(stack: Stack) -> None:
    """Let ECS refuse for a while, as it does already, and then no more."""
    time.sleep(20)
    stack.state.aws_fault.unlink()


def not_logged(stack: Stack, *, container: str, about: str) -> str:
    """Return a problem if the *container* has not logged the fault."""
    return "" if about in stack.log_of(container) else f"the {container} has not logged {about!r}"


def kill(stack: Stack, *, container: str) -> None:
    """Kill the process, and check that it is started again."""
    before = stack.process(container).pid
    stack.kill(container)
    wait_for(lambda: stack.supervisor.process_ids().get(stack.program(container)) not in (None, before), container)


def nothing(_: Stack) -> None:
    """Change nothing."""
