"""Promises of what `make destroy` does first; AWS is moto's, in which tasks run until they are stopped."""

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from moto import mock_aws

from airflow_on_fargate.operations.composed_stage import ComposedService
from airflow_on_fargate.operations.running import RunningParameter
from airflow_on_fargate.operations.stop_tasks import StopTasks, ask
from airflow_on_fargate.operations.waiting import Clock, OperationError
from tests.airflow_on_fargate.operations.described import at
from tests.airflow_on_fargate.operations.stage_in_moto import NAME, StageInMoto, make

CORE = ComposedService("scheduler", "airflow-dev-scheduler", min_count=2, max_count=2)
WORKERS = ComposedService("worker-spot", "airflow-dev-worker-spot", min_count=1, max_count=9, scaled=True)


@pytest.fixture(name="dev")
def _dev() -> Iterator[StageInMoto]:
    """Deploy a stage in which tasks of services and of DAGs run."""
    with mock_aws():
        stage = make(CORE, WORKERS)
        stage.deploy()
        for service in (CORE, WORKERS):
            run_task(stage, service.family)
        yield stage


def run_task(stage: StageInMoto, family: str) -> None:
    """Start a task, which runs at once."""
    stage.client("ecs").run_task(
        cluster=NAME,
        taskDefinition=family,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": ["subnet-0a"]}},
    )


def stopping(stage: StageInMoto, ecs: Any = None) -> StopTasks:  # noqa: ANN401 boto3 creates the type
    """Return what stops the stage's tasks."""
    return StopTasks(
        stage.stage,
        RunningParameter(stage.stage, stage.asking("ssm")),
        ecs=ecs or stage.asking("ecs"),
        report=stage.lines.append,
        clock=Clock(now=lambda: at(stage.minute), sleep=stage.sleep),
    )


def running(stage: StageInMoto) -> list[str]:
    """Return the tasks that are to run."""
    found: list[str] = stage.client("ecs").list_tasks(cluster=NAME, desiredStatus="RUNNING")["taskArns"]
    return found


def test_nothing_runs_and_nothing_comes_back(dev: StageInMoto) -> None:
    """All tasks stop, also protected workers and tasks of DAGs, and the services stay at 0 tasks."""
    assert len(running(dev)) == 2

    stopping(dev).stop(lambda _: True)

    assert running(dev) == []
    assert dev.counts() == {"scheduler": 0, "worker-spot": 0}
    assert dev.client("ssm").get_parameter(Name=dev.stage.running)["Parameter"]["Value"] == "nothing"
    assert [line.partition("  ")[2] for line in dev.lines] == [
        "scheduler: desired count set to 0",
        "worker-spot: desired count set to 0",
        "stopping 2 tasks",
        "no task runs in airflow-dev",
    ]


def test_it_asks_before_work_is_lost(dev: StageInMoto) -> None:
    """Without agreement nothing is stopped."""
    questions: list[str] = []

    def refuse(question: str) -> bool:
        questions.append(question)
        return False

    with pytest.raises(
        OperationError, match="airflow-dev was not destroyed, because you did not agree to stop its tas"
    ):
        stopping(dev).stop(refuse)

    assert questions == ["Stop the 2 running tasks of airflow-dev? Their work is lost."]
    assert len(running(dev)) == 2
    assert dev.counts() == {"scheduler": 2, "worker-spot": 1}
    assert dev.lines == []


def test_it_does_not_wait_for_ever(dev: StageInMoto) -> None:
    """A task that does not end is reported after ten minutes, and StopTask is called once for it."""
    ecs = dev.asking("ecs")
    task = {"taskArn": "arn:aws:ecs:eu-central-1:123456789012:task/airflow-dev/0a1b", "lastStatus": "STOPPING"}
    stuck = {"tasks": [task | {"desiredStatus": "STOPPED"}]}

    with (
        patch.object(ecs, "describe_tasks", return_value=stuck),
        pytest.raises(OperationError, match="tasks of airflow-dev still run after 10 minutes"),
    ):
        stopping(dev, ecs).stop(lambda _: True)

    assert dev.minute == pytest.approx(10)
    assert not [operation for _, operation, _ in dev.asked if operation == "StopTask"]


def test_a_stage_that_was_stopped_is_not_asked_for() -> None:
    """A second run after a stop does not ask again."""
    with mock_aws():
        stage = make(CORE)
        stage.deploy()
        stage.client("ecs").update_service(cluster=NAME, service=CORE.name, desiredCount=0)

        stopping(stage).stop(ask)

    assert stage.lines == ["no task runs in airflow-dev"]


@pytest.mark.usefixtures("moto")
def test_a_stage_that_is_not_there_has_nothing_to_stop() -> None:
    """A stage that is not deployed has nothing to stop."""
    stage = make(CORE)

    stopping(stage).stop(ask)

    assert stage.lines == ["no task runs in airflow-dev"]


@pytest.mark.usefixtures("moto")
def test_what_is_left_of_a_stage_is_stopped() -> None:
    """The tasks of a partly destroyed stage are stopped."""
    stage = make(CORE, WORKERS)
    stage.deploy()
    stage.client("ssm").delete_parameter(Name=stage.stage.running)
    stage.client("ecs").delete_service(cluster=NAME, service=WORKERS.name, force=True)

    stopping(stage).stop(lambda _: True)

    assert stage.client("ssm").describe_parameters()["Parameters"] == []
    assert stage.lines[-1].endswith("no task runs in airflow-dev")


@pytest.mark.parametrize(("answer", "agreed"), [("yes", True), (" yes ", True), ("y", False), ("", False)])
def test_only_yes_is_yes(answer: str, *, agreed: bool) -> None:
    """Only the answer `yes` agrees."""
    with patch("builtins.input", return_value=answer):
        assert ask("Stop?") is agreed


def test_nobody_at_the_terminal_is_no() -> None:
    """Without a terminal the answer is no."""
    with patch("builtins.input", side_effect=EOFError):
        assert ask("Stop?") is False
