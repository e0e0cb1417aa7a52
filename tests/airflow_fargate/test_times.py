"""Promises of how long the programs of the image wait, and how much they accept."""

from typing import Any

import pytest

from constructs_lib.settings.processes import WORKER
from constructs_lib.shared.worker import MARGIN_SEC
from tests.airflow_fargate.container import called, task_starter


@pytest.fixture(name="found", scope="module")
def _found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    found: dict[str, Any] = called("times.found", **task_starter(tmp_path_factory.mktemp("home")))
    return found


def test_a_task_ends_before_its_worker_is_killed(found: dict[str, Any]) -> None:
    """Its `on_kill`, its report and its last messages take less than the worker's margin, with a third to spare."""
    assert found["end of a task"] < MARGIN_SEC * 2 / 3


def test_an_ecs_task_that_is_new_counts_as_started(found: dict[str, Any]) -> None:
    """ECS may know it only after some seconds; one that stays unknown is reported within two minutes."""
    assert 30 <= found["unknown task"] <= 120


def test_a_stop_outlasts_a_short_failure_of_ecs(found: dict[str, Any]) -> None:
    """It is repeated for a minute or longer; after that the triggerer's look for unowned tasks stops the task."""
    assert found["round of unowned tasks"] <= found["stop"] <= 300


def test_a_task_that_nobody_waits_for_is_stopped_within_minutes(found: dict[str, Any]) -> None:
    """Two looks must agree, and a triggerer that looks all the time would be throttled."""
    assert 60 <= 2 * found["round of unowned tasks"] <= 180


def test_a_task_without_capacity_fails_after_about_a_day(found: dict[str, Any]) -> None:
    """A bad afternoon of Spot fails no task, and somebody learns of a capacity that never comes."""
    assert 20 <= found["without capacity"] / 3600 <= 30


def test_an_aws_that_does_not_answer_costs_the_autoscaler_few_rounds(found: dict[str, Any]) -> None:
    """Each round has two calls, and both end within a minute."""
    assert 2 * found["call of the autoscaler"] < 60


def test_a_worker_is_deaf_for_no_longer_than_two_minutes(found: dict[str, Any]) -> None:
    """It gives up a poll without an answer, but none that SQS may still answer."""
    assert found["poll"] + 20 <= found["silent poll"] <= 120


def test_a_worker_has_room_for_the_largest_value(found: dict[str, Any]) -> None:
    """The value, its JSON and the text of a task's arguments, beside the 550 MB that a worker of the default needs."""
    assert 550e6 + 3 * found["largest value"] < WORKER.memory_mib * 1024**2
