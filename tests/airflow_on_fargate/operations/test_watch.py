"""Promises of how a deployment is watched: what is reported, when it ends, and what it does not wait for."""

from collections.abc import Sequence

import pytest

from airflow_on_fargate.operations.composed_stage import ComposedService, ComposedStage
from airflow_on_fargate.operations.services import Services
from airflow_on_fargate.operations.waiting import Clock, OperationError
from airflow_on_fargate.operations.watch import Watch
from tests.airflow_on_fargate.operations.described import (
    NEW,
    OLD,
    Json,
    ScriptedEcs,
    at,
    completed,
    deployment,
    event,
    service,
)

TASK = "arn:aws:ecs:eu-central-1:123456789012:task/airflow-dev/"


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.minute = 1.0

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.minute += seconds / 60


def watched(ecs: ScriptedEcs, *names: str) -> tuple[Watch, list[str], Time]:
    """Return a watch of services with these names, the lines it reports without the time, and its clock."""
    services = tuple(ComposedService(name, "airflow-dev-x") for name in names)
    stage = ComposedStage("airflow-dev", "eu-central-1", None, services)
    lines: list[str] = []
    time = Time()

    def report(line: str) -> None:
        if not line.startswith("Watching"):
            lines.append(" ".join(line.split()[1:]))

    clock = Clock(now=lambda: at(time.minute), sleep=time.sleep)
    return Watch(Services(stage, ecs), report=report, clock=clock), lines, time


def rolling(name: str, *, running: int = 0, desired: int = 1, events: Sequence[Json] = (), failed: int = 0) -> Json:
    """Return a service with the old and the new task definition."""
    new = deployment("2", NEW, "IN_PROGRESS", runningCount=running, failedTasks=failed)
    return service(
        name, new, deployment("1", OLD, "COMPLETED", status="ACTIVE", minute=-99), events=events, desired=desired
    )


def test_events_are_reported_as_they_come_until_all_is_complete() -> None:
    """Each event is reported once with its service, until all deployments are complete."""
    started = event(1, 1, "(service scheduler) has started 1 tasks: (task 0a1b).")
    steady = event(2, 2, "(service scheduler) has reached a steady state.")
    done = completed("scheduler") | {"events": [steady, started]}
    ecs = ScriptedEcs(
        [rolling("scheduler", events=[started]), completed("triggerer")],
        [rolling("scheduler", events=[started]), completed("triggerer")],
        [done, completed("triggerer")],
    )
    watch, lines, _ = watched(ecs, "scheduler", "triggerer")

    watch.until_complete()

    assert lines == [
        "scheduler has started 1 tasks: (task 0a1b)",
        "scheduler has reached a steady state",
        "scheduler completed, 1 of 1 tasks running",
        "triggerer completed, 1 of 1 tasks running",
    ]


def test_a_line_begins_with_the_time() -> None:
    """A line starts with the time of the event in the local time zone."""
    services = (ComposedService("scheduler", "airflow-dev-x"),)
    lines: list[str] = []
    ecs = ScriptedEcs([completed("scheduler")])

    Watch(
        Services(ComposedStage("airflow-dev", "eu-central-1", None, services), ecs), report=lines.append
    ).report_states()

    assert lines[0][2] == lines[0][5] == ":"


def test_what_is_complete_already_has_no_new_events() -> None:
    """A service that was already complete has no new events."""
    past = event(1, 1, "(service scheduler) has reached a steady state.")
    watch, lines, _ = watched(ScriptedEcs([completed("scheduler") | {"events": [past]}]), "scheduler")

    watch.until_complete()

    assert lines == ["scheduler completed, 1 of 1 tasks running"]


def test_a_rollback_ends_the_watch() -> None:
    """A rollback ends the watch with a sentence that has the service and ECS's reason."""
    failed = deployment("2", NEW, "FAILED", status="ACTIVE", failedTasks=1, rolloutStateReason="tasks failed to start.")
    back = deployment("3", OLD, "IN_PROGRESS", minute=3, rolloutStateReason="rolling back to deploymentId ecs-svc/1.")
    gone = {
        "taskArn": f"{TASK}0a1b",
        "startedBy": "ecs-svc/2",
        "stoppedAt": at(2),
        "stoppedReason": "Essential container in task exited",
        "containers": [{"name": "migrate", "exitCode": 1}],
    }
    of_old = gone | {"taskArn": f"{TASK}0c", "startedBy": "ecs-svc/1"}
    too_many = gone | {"taskArn": f"{TASK}0d", "stoppedReason": "Scaling activity initiated by (deployment ecs-svc/2)"}
    ecs = ScriptedEcs(
        [rolling("scheduler", failed=1)],
        [service("scheduler", back, failed, events=[event(1, 2, "(service scheduler) rolling back.")])],
        stopped=[gone, of_old, too_many],
    )
    watch, lines, _ = watched(ecs, "scheduler")

    with pytest.raises(OperationError) as refused:
        watch.until_complete()

    assert str(refused.value) == ("the deployment of airflow-dev failed: scheduler rolled back: tasks failed to start")
    assert lines == [
        (
            "scheduler task 0a1b stopped: Essential container in task exited; container migrate ended with exit code 1;"
            " its log: aws logs tail /airflow-dev/x --region eu-central-1 --log-stream-names migrate/migrate/0a1b"
        ),
        "scheduler rolling back",
    ]


def test_patience_ends() -> None:
    """A deployment that neither completes nor fails ends the watch with the command that shows it."""
    watch, _, clock = watched(ScriptedEcs([rolling("scheduler"), completed("triggerer")]), "scheduler", "triggerer")

    with pytest.raises(
        OperationError,
        match=r"the deployment of scheduler of airflow-dev is not complete after 30 minutes, and .* status --stage dev",
    ):
        watch.until_complete()

    assert clock.minute == pytest.approx(31)


def test_workers_are_reported_and_not_waited_for() -> None:
    """The watch reports workers that are still busy and does not wait for them."""
    running = [{"taskArn": f"{TASK}{number}", "startedBy": f"ecs-svc/{1 + number // 3}"} for number in range(5)]
    ecs = ScriptedEcs([completed("scheduler"), rolling("worker-default", running=2, desired=3)], running=running)
    ecs.protections = [
        {"taskArn": f"{TASK}{number}", "protectionEnabled": number < 2, "expirationDate": at(60)} for number in range(5)
    ]
    watch, lines, clock = watched(ecs, "scheduler", "worker-default")

    watch.until_complete()

    assert lines[-1] == (
        "worker-default in progress, 2 of 3 tasks running; 2 of 5 workers still finish their tasks,"
        f" protected until {at(60).astimezone():%H:%M:%S}"
    )
    assert clock.minute == 1


def test_workers_that_are_starting_are_reported_so() -> None:
    """Workers of a new deployment that start are reported without old ones."""
    watch, lines, _ = watched(ScriptedEcs([rolling("worker")]), "worker")

    watch.until_complete()

    assert lines == ["worker in progress, 0 of 1 tasks running"]


def test_workers_that_are_ahead_of_a_schedule_are_reported() -> None:
    """Workers that were ordered ahead of scheduled runs are in the line of their service, and in its JSON."""
    watch, lines, _ = watched(
        ScriptedEcs([completed("worker-spot"), completed("scheduler")]), "worker-spot", "scheduler"
    )

    watch.report_states({"worker-spot": 3})

    assert lines == [
        "worker-spot completed, 1 of 1 tasks running; 3 ahead of scheduled runs",
        "scheduler completed, 1 of 1 tasks running",
    ]


def test_the_state_of_every_service_is_reported() -> None:
    """The state of every service is reported, and a rollback is a failure."""
    back = service("scheduler", deployment("3", OLD, "COMPLETED"))
    watch, lines, _ = watched(ScriptedEcs([back, completed("triggerer")]), "scheduler", "triggerer")

    with pytest.raises(OperationError, match="scheduler rolled back: it runs an older task definition"):
        watch.report_states()

    assert lines == [
        "scheduler rolled back: it runs an older task definition",
        "triggerer completed, 1 of 1 tasks running",
    ]
