"""Promises of what becomes of a deferred task that a user cancels: Airflow's loop of triggers, over HTTP to an ECS."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.airflow_fargate.aws import NoAnswerError, Refusal, aws
from tests.airflow_fargate.container import run, task_starter

STOP_SEC = 3
"""How long `StopTask` takes: fifteen times the time between two cancellations."""


@dataclass(frozen=True)
class Ends:
    """The log, and the clusters in which a task was stopped."""

    log: str
    stopped: list[str]


def _answer(operation: str, parameters: Mapping[str, Any], silent: set[str]) -> Mapping[str, Any]:
    if operation == "DescribeTasks":
        return {"tasks": [{"taskArn": parameters["tasks"][0], "lastStatus": "RUNNING"}], "failures": []}
    assert operation == "StopTask"
    if parameters["cluster"] == "refused":
        raise Refusal(code="AccessDeniedException", message="not authorized to perform: ecs:StopTask")
    if parameters["cluster"] == "forgotten":
        raise Refusal(code="InvalidParameterException", message="The referenced task was not found.")
    if parameters["cluster"] in silent:
        silent -= {"silent-once"} & {parameters["cluster"]}
        raise NoAnswerError
    time.sleep(STOP_SEC)
    return {"task": {"taskArn": parameters["task"]}}


@pytest.fixture(name="ends", scope="module")
def _ends(tmp_path_factory: pytest.TempPathFactory) -> Ends:
    """Cancel all of them in one process, for Airflow takes seconds to import."""
    with aws(partial(_answer, silent={"silent", "silent-once"})) as (url, asked):
        ended = run(
            Path(__file__).with_name("cancelled_triggers.py"),
            **task_starter(tmp_path_factory.mktemp("home")),
            AWS_ENDPOINT_URL=url,
            AWS_DEFAULT_REGION="eu-central-1",
            AWS_ACCESS_KEY_ID="testing",
            AWS_SECRET_ACCESS_KEY="testing",
        )
        assert ended.returncode == 0, ended.stderr
        stopped = [parameters["cluster"] for operation, parameters in asked if operation == "StopTask"]
        return Ends(ended.stdout + ended.stderr, stopped)


def test_an_ecs_task_that_another_triggerer_waits_for_goes_on(ends: Ends) -> None:
    """A trigger that another triggerer has taken over is cancelled here without `on_kill`."""
    assert "taken-over" not in ends.stopped


@pytest.mark.parametrize("cluster", ["slow", "cancelled"])
def test_an_ecs_task_is_stopped_once_however_often_it_is_cancelled(ends: Ends, cluster: str) -> None:
    """An ECS task is stopped once, however often its trigger is cancelled meanwhile."""
    assert ends.stopped.count(cluster) == 1
    assert f"task/{cluster}/1 is being stopped: Airflow task was cleared or marked by a user" in ends.log


def test_a_stop_is_repeated_while_ecs_does_not_answer(ends: Ends) -> None:
    """A stop is retried for a limited time, then the log has the command."""
    arn = "arn:aws:ecs:eu-central-1:123456789012:task/{0}/1"

    assert ends.stopped.count("silent-once") == 2
    assert f"The ECS task {arn.format('silent-once')} is being stopped" in ends.log
    assert f"ECS does not answer; trying again to stop {arn.format('silent')}" in ends.log
    assert f"aws ecs stop-task --cluster silent --task {arn.format('silent')}" in ends.log


def test_a_stop_that_fails_says_what_to_do(ends: Ends) -> None:
    """A failed stop is logged with the reason and the command, and a task that ECS has forgotten counts as stopped."""
    arn = "arn:aws:ecs:eu-central-1:123456789012:task/refused/1"

    assert (
        f"The ECS task {arn} cannot be stopped and may still run: An error occurred (AccessDeniedException)" in ends.log
    )
    assert f"aws ecs stop-task --cluster refused --task {arn}" in ends.log
    assert "task/forgotten/1 may still run" not in ends.log
