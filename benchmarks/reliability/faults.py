"""The faults of the matrix."""

from functools import partial

from airflow_on_fargate.local.aws.faults import RUN_TASK, SQS
from airflow_on_fargate.local.programs import AWS, DATABASE
from benchmarks.reliability import breaking
from benchmarks.reliability.breaking import AWAY_SEC, PROCESSES
from benchmarks.reliability.fault import Fault
from benchmarks.reliability.restarts import SLOTS
from constructs_lib.settings.processes import API_SERVER, SCHEDULER, TRIGGERER, WORKER

SHORT_SEC = 5
"""A visibility timeout shorter than a task."""
NO_ROOM = "Capacity is unavailable at this time. Please try again later or in a different availability zone"

FAULTS = (
    Fault(key="nothing", what="nothing, for comparison", happen=breaking.nothing),
    Fault(
        key="sigterm-idle",
        what="SIGTERM to an idle worker, and work arrives while it stops",
        began=0,
        # Not waited for.
        happen=lambda stack: stack.process("worker").terminate(),
    ),
    Fault(key="sigterm-busy", what="SIGTERM to a busy worker", happen=lambda stack: stack.terminate("worker")),
    Fault(
        key="sigterm-deferred",
        what="SIGTERM to the worker while a container runs for a deferred task",
        in_container=True,
        happen=lambda stack: stack.terminate("worker"),
    ),
    Fault(
        key="sigterm-triggerer",
        what="SIGTERM to the triggerer while a container runs for a deferred task",
        in_container=True,
        happen=lambda stack: stack.terminate(TRIGGERER.name),
    ),
    *(
        Fault(
            key=f"kill-{name}",
            what=f"`kill -9` of the {name}",
            happen=partial(breaking.kill, container=name),
            retries=SLOTS if name == WORKER.name else 0,
        )
        for name in PROCESSES
    ),
    Fault(
        key="two-schedulers",
        what="two schedulers, `kill -9` of one",
        around=partial(breaking.more, container=SCHEDULER.name, count=1),
        happen=partial(breaking.kill, container=SCHEDULER.name),
    ),
    Fault(
        key="api-server-restarted",
        what="api-server restarted while 20 tasks run",
        around=partial(breaking.more, container=WORKER.name, count=4),
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
        happen=partial(breaking.sqs_fails, silent=True),
        problem=partial(breaking.not_logged, container=AWS, about=f"waits: {SQS}"),
    ),
    Fault(
        key="broker-fails",
        what=f"broker away for {AWAY_SEC} s: SQS answers 503",
        happen=partial(breaking.sqs_fails, error="ServiceUnavailable", status=503),
        problem=partial(breaking.not_logged, container=AWS, about=f"refused: {SQS}ReceiveMessage"),
    ),
    Fault(key="delivered-twice", what="every message delivered twice", began=1, happen=breaking.deliver_twice),
    Fault(
        key="short-visibility",
        what=f"visibility timeout of {SHORT_SEC} s, tasks of 15 s",
        conf={"long_sec": 15},
        around=lambda stack: stack.visibility(SHORT_SEC),
        happen=breaking.nothing,
        problem=partial(breaking.not_logged, container=WORKER.name, about="ignoring redelivered message"),
    ),
    Fault(
        key="poison",
        what="a message that Celery did not send",
        around=lambda stack: stack.visibility(SHORT_SEC),
        happen=breaking.poison,
        problem=breaking.no_dead_letter,
    ),
    Fault(
        key="throttled",
        what="RunTask throttled for 20 s",
        around=lambda stack: breaking.refusal(stack, error="ThrottlingException"),
        happen=breaking.refuse_for_a_while,
        problem=partial(breaking.not_logged, container=AWS, about=f"refused: {RUN_TASK}"),
    ),
    Fault(
        key="no-capacity",
        what="RunTask finds no capacity for 20 s",
        around=lambda stack: breaking.refusal(stack, failure=NO_ROOM),
        happen=breaking.refuse_for_a_while,
        problem=partial(breaking.not_logged, container=AWS, about=f"refused: {RUN_TASK}"),
    ),
    Fault(
        key="volume-full",
        what="volume full for a container, until it has failed once",
        around=partial(breaking.full_volume, key="volume-full"),
        happen=partial(breaking.make_room, key="volume-full"),
        retries=3,
    ),
    Fault(
        key="protection-down",
        what="protection endpoint down",
        around=partial(breaking.protection_fails, how={"error": "ThrottlingException"}),
        happen=breaking.nothing,
        problem=partial(breaking.not_logged, container=WORKER.name, about="ThrottlingException"),
    ),
    Fault(
        key="protection-slow",
        what="protection endpoint slow, it answers after 10 s",
        around=partial(breaking.protection_fails, how={"delay": 10}),
        happen=breaking.nothing,
        problem=partial(breaking.not_logged, container=WORKER.name, about="Cannot protect"),
    ),
    Fault(
        key="rollback",
        what="rollback of the image after a migration: every process starts on a newer database",
        around=breaking.database_ahead,
        happen=breaking.roll_back,
        problem=breaking.no_warning,
    ),
)
