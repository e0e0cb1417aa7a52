"""What the matrix lets happen."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from uuid import uuid4

from benchmarks.reliability.fault import Fault
from benchmarks.reliability.fleet import Fleet
from benchmarks.reliability.stack import POLL_SEC, Stack
from constructs_lib.processes import API_SERVER, AUTOSCALER, DAG_PROCESSOR, SCHEDULER, TRIGGERER, WORKER
from constructs_lib.worker_pool import DEAD_LETTER
from local.aws.faults import RUN_TASK, SQS
from local.programs import DATABASE
from local.state import write_secret

SLOTS = 4
AWAY_SEC = 60
QUIET_SEC = 15
"""How long a worker has been idle when it is no longer protected (`airflow_fargate.task_protection`)."""
SHORT_SEC = 5
"""A visibility timeout shorter than a task."""
PROCESSES = [WORKER.name, TRIGGERER.name, SCHEDULER.name, DAG_PROCESSOR.name, API_SERVER.name, AUTOSCALER.name]
NO_ROOM = "Capacity is unavailable at this time. Please try again later or in a different availability zone"
UNKNOWN_REVISION = "ffffffffffff"


def _wait(is_so: "partial[bool]", *, limit_sec: float = 120) -> bool:
    end = time.monotonic() + limit_sec
    while not is_so() and time.monotonic() < end:
        time.sleep(POLL_SEC)
    return is_so()


@contextmanager
def _more(stack: Stack, *, container: str, count: int) -> Iterator[None]:
    """Run *count* more of the process beside the stack's own."""
    fleet = Fleet(stack.state, stack.family(container), stop_timeout_sec=60, container=container)
    with ExitStack() as until_end:
        for _ in range(count):
            fleet.start()
        for each in fleet.workers:
            until_end.callback(each.process.wait)
            until_end.callback(fleet.kill, each)
        yield


def _tasks(stack: Stack, state: str) -> int:
    [(count,)] = stack.sql("SELECT count(*) FROM task_instance WHERE dag_id = 'faults' AND state = %s", state)
    return int(count)


def _deliver_twice(stack: Stack) -> None:
    """Put a copy of every message beside it while no worker looks."""
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


def _poison(stack: Stack) -> None:
    """Send what is no message of Celery's."""
    stack.sqs.send_message(QueueUrl=stack.queue_url(), MessageBody=f"poison {uuid4()}")


def _is_dead_letter(stack: Stack) -> bool:
    name = "ApproximateNumberOfMessages"
    found = stack.sqs.get_queue_attributes(QueueUrl=stack.queue_url(DEAD_LETTER), AttributeNames=[name])
    return int(found["Attributes"][name]) > 0


def _no_dead_letter(stack: Stack) -> str:
    return "" if _wait(partial(_is_dead_letter, stack)) else "the message is in no dead-letter queue"


@contextmanager
def _database_ahead(stack: Stack) -> Iterator[None]:
    """Set the database back at the end, whatever has become of it."""
    [(revision,)] = stack.sql("SELECT version_num FROM alembic_version")
    try:
        yield
    finally:
        stack.sql("UPDATE alembic_version SET version_num = %s", revision)


def _roll_back(stack: Stack) -> None:
    """Let the database be of a newer Airflow, and start every process of this one."""
    stack.sql("UPDATE alembic_version SET version_num = %s", UNKNOWN_REVISION)
    stack.restart(*(each for each in PROCESSES if each != AUTOSCALER.name))


def _no_warning(stack: Stack) -> str:
    return "" if "newer" in stack.said(SCHEDULER.name) else "no process says that the database is newer"


@contextmanager
def _full_volume(stack: Stack, *, key: str) -> Iterator[None]:
    """Let what the container writes find no space left."""
    _output(stack, key).symlink_to("/dev/full")
    yield


def _output(stack: Stack, key: str) -> Path:
    return stack.state.shared_volume / "faults" / key / "container"


def _make_room(stack: Stack, *, key: str) -> None:
    """Do so when the container has failed once."""
    if not _wait(partial(lambda: _tasks(stack, "up_for_retry") > 0)):
        msg = "the container did not fail"
        raise RuntimeError(msg)
    _output(stack, key).unlink()


@contextmanager
def _fails(file: Path, how: dict[str, object]) -> Iterator[None]:
    write_secret(file, json.dumps(how))
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


@contextmanager
def _protection_fails(stack: Stack, *, how: dict[str, object]) -> Iterator[None]:
    """Do so from before the worker is busy."""
    time.sleep(QUIET_SEC + 5)
    with _fails(stack.state.task_protection_fault, how):
        yield


def _silence_sqs(stack: Stack) -> None:
    with _fails(stack.state.aws_fault, {"target": SQS, "silent": True}):
        time.sleep(AWAY_SEC)


def _refuse_for_a_while(stack: Stack) -> None:
    time.sleep(20)
    stack.state.aws_fault.unlink()


def _unprotected(stack: Stack, *, because: str) -> str:
    return "" if because in stack.said(WORKER.name) else f"the worker does not say {because!r}"


def _nothing(_: Stack) -> None:
    """Let everything be."""


FAULTS = (
    Fault(key="nothing", what="nothing, to compare with", happen=_nothing),
    Fault(
        key="sigterm-idle", what="SIGTERM to an idle worker", began=0, happen=lambda stack: stack.terminate("worker")
    ),
    Fault(key="sigterm-busy", what="SIGTERM to a busy worker", happen=lambda stack: stack.terminate("worker")),
    Fault(
        key="sigterm-deferred",
        what="SIGTERM to the worker while a container runs for a deferred task",
        in_container=True,
        happen=lambda stack: stack.terminate("worker"),
    ),
    *(
        Fault(
            key=f"kill-{name}",
            what=f"`kill -9` of the {name}",
            happen=partial(Stack.kill, container=name),
            retries=SLOTS if name == WORKER.name else 0,
        )
        for name in PROCESSES
    ),
    Fault(
        key="two-schedulers",
        what="two schedulers, `kill -9` of one",
        around=partial(_more, container=SCHEDULER.name, count=1),
        happen=partial(Stack.kill, container=SCHEDULER.name),
    ),
    Fault(
        key="api-server-restarted",
        what="api-server restarted while 20 tasks run",
        around=partial(_more, container=WORKER.name, count=4),
        conf={"count": 40, "long_every": 1, "long_sec": 30},
        began=20,
        happen=lambda stack: stack.restart(API_SERVER.name),
    ),
    Fault(key="database-restarted", what="database restarted", happen=lambda stack: stack.restart(DATABASE)),
    Fault(
        key="database-away",
        what=f"database away for {AWAY_SEC} s",
        happen=lambda stack: stack.restart(DATABASE, away_sec=AWAY_SEC),
    ),
    Fault(
        key="broker-away",
        what=f"broker away for {AWAY_SEC} s: SQS does not answer",
        happen=_silence_sqs,
    ),
    Fault(key="delivered-twice", what="every message delivered twice", began=1, happen=_deliver_twice),
    Fault(
        key="short-visibility",
        what=f"visibility timeout of {SHORT_SEC} s, tasks of 15 s",
        conf={"long_sec": 15},
        around=lambda stack: stack.visibility(SHORT_SEC),
        happen=_nothing,
    ),
    Fault(
        key="poison",
        what="a message that is none of Celery's",
        around=lambda stack: stack.visibility(SHORT_SEC),
        happen=_poison,
        problem=_no_dead_letter,
    ),
    Fault(
        key="throttled",
        what="RunTask throttled for 20 s",
        around=lambda stack: _fails(stack.state.aws_fault, {"target": RUN_TASK, "error": "ThrottlingException"}),
        happen=_refuse_for_a_while,
    ),
    Fault(
        key="no-capacity",
        what="RunTask finds no capacity for 20 s",
        around=lambda stack: _fails(stack.state.aws_fault, {"target": RUN_TASK, "failure": NO_ROOM}),
        happen=_refuse_for_a_while,
    ),
    Fault(
        key="volume-full",
        what="volume full for a container, until it has failed once",
        around=partial(_full_volume, key="volume-full"),
        happen=partial(_make_room, key="volume-full"),
        retries=3,
    ),
    Fault(
        key="protection-down",
        what="protection endpoint down",
        around=partial(_protection_fails, how={"error": "ThrottlingException"}),
        happen=_nothing,
        problem=partial(_unprotected, because="ThrottlingException"),
    ),
    Fault(
        key="protection-slow",
        what="protection endpoint slow, it answers after 10 s",
        around=partial(_protection_fails, how={"delay": 10}),
        happen=_nothing,
        problem=partial(_unprotected, because="Cannot protect"),
    ),
    Fault(
        key="rollback",
        what="back to the previous image after a migration: every process starts on a newer database",
        around=_database_ahead,
        happen=_roll_back,
        problem=_no_warning,
    ),
)
