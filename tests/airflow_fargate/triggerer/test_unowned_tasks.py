"""Promises of what the triggerer asks the database: which ECS tasks somebody still waits for."""

import json
from pathlib import Path
from typing import Any

import pytest

from airflow_on_fargate.local.database import Database
from tests.airflow_fargate.container import last_json, run, task_starter

UNFINISHED = (
    *("none", "scheduled", "queued", "running", "restarting", "deferred", "awaiting_input"),
    *("up_for_retry", "up_for_reschedule"),
)
FINISHED = ("success", "failed", "skipped", "upstream_failed", "removed")
STATES = (*UNFINISHED, *FINISHED)
STARTS: dict[str, dict[str, Any]] = {
    "same": {"started by": "this try"},
    "same_alone": {"started by": "this try", "reattach": False},
    "retried": {"started by": "an earlier try"},
    "cleared": {"started by": "an earlier try", "cleared": True},
    "retried_alone": {"started by": "an earlier try", "reattach": False},
    "unwaited": {"started by": "nobody"},
}
"""Who has started the ECS task, by the row of the table in docs/decisions/0025-unowned-ecs-tasks-are-stopped.md."""
KEPT = {
    *(f"{start}-{state}" for start in ("same", "same_alone", "retried") for state in UNFINISHED),
    *(f"unwaited-{state}" for state in STATES),
}


@pytest.fixture(name="answers", scope="module")
def _answers(server: Database, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Ask everything in one process, for Airflow takes seconds to import."""
    cases = [
        {"name": f"{start}-{state}", "state": None if state == "none" else state, **how}
        for start, how in STARTS.items()
        for state in STATES
    ]
    cases.append({"name": "deleted", "started by": "this try"})
    # More than ECS describes at a time.
    cases += [{"name": f"of somebody else {number}", "started by": "nobody"} for number in range(100)]
    ended = run(
        Path(__file__).with_name("triggerer_database.py"),
        json.dumps(cases),
        **task_starter(tmp_path_factory.mktemp("home")),
        AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=server.url,
        AWS_DEFAULT_REGION="eu-central-1",
    )
    answers: dict[str, Any] = last_json(ended)
    return answers | {"log": ended.stdout + ended.stderr}


def test_the_second_look_stops_the_ecs_tasks_that_no_task_instance_owns(answers: dict[str, Any]) -> None:
    """The second look stops the ECS tasks without an owner, in every state of task instances and for deleted runs."""
    first, second, third = answers["table"]["stopped"]
    every = {f"{start}-{state}" for start in STARTS for state in STATES} | {"deleted"}

    assert (first, third) == ([], [])
    assert set(second) == every - KEPT


def test_an_ecs_task_is_described_once(answers: dict[str, Any]) -> None:
    """An ECS task is described only once."""
    assert answers["table"]["described"] == 1


def test_every_state_of_airflows_is_in_the_table(answers: dict[str, Any]) -> None:
    """The table has every state of Airflow's task instances."""
    assert sorted(each or "none" for each in answers["states"]) == sorted(STATES)


def test_a_stop_that_is_refused_is_tried_again_and_logged_once(answers: dict[str, Any]) -> None:
    """A refused stop is tried again, and logged once with the owner and the command."""
    assert answers["refused"] == [0, 0, 0, 1]
    assert answers["log"].count("task/c/unowned (task-instance-id ") == 2
    assert answers["log"].count("cannot be stopped and may still run: An error occurred (AccessDeniedException)") == 1
    assert "aws ecs stop-task --cluster c --task arn:aws:ecs:eu-central-1:123456789012:task/c/unowned" in answers["log"]


def test_looks_go_on_after_one_that_failed(answers: dict[str, Any]) -> None:
    """A look that fails is logged once, and the next looks continue."""
    assert answers["tried again"] == 5
    assert (
        answers["log"].count("Cannot look for ECS tasks that no task instance waits for; trying again: An error") == 1
    )


def test_only_two_looks_one_after_the_other_count(answers: dict[str, Any]) -> None:
    """An ECS task is stopped only if two looks in a row find it without an owner."""
    assert answers["owned in between"] == [0, 0, 0, 0]
