"""Promises of the supervisor of a task whose worker is being stopped, with real processes and Airflow's own loop."""

from pathlib import Path
from typing import Any

import pytest

from tests.airflow_fargate.container import last_json, run, task_starter

FOLDER = Path(__file__).parent


@pytest.fixture(name="found", scope="module")
def _found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Run all tasks in one process, for Airflow takes seconds to import."""
    notes = tmp_path_factory.mktemp("notes")
    ended = run(
        FOLDER / "supervised.py",
        **task_starter(tmp_path_factory.mktemp("home")),
        NOTES=str(notes),
        AIRFLOW__CORE__DAGS_FOLDER=str(FOLDER),
        AIRFLOW__CORE__LOAD_EXAMPLES="False",
        AIRFLOW__WORKERS__EXECUTION_API_RETRIES="1",
        AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL="4",
        AIRFLOW_FARGATE_STOP_TIMEOUT_SEC="1",
    )
    found: dict[str, Any] = last_json(ended)
    return {**found, "last lines": ended.stdout.count(" last line ")}


@pytest.fixture(name="tasks")
def _tasks(found: dict[str, Any]) -> dict[str, Any]:
    tasks: dict[str, Any] = found["tasks"]
    return tasks


@pytest.mark.parametrize(
    "task",
    ["runs", "does_not_let_go", "fails_to_let_go", "attaches_again", "starts_a_program", "waits_for_another_run"],
)
def test_a_task_that_runs_is_ended_and_handed_back(tasks: dict[str, Any], task: str) -> None:
    """The process of a running task is ended, and the api-server is asked to reschedule the task."""
    assert tasks[task]["reported"] == ["up_for_reschedule"]
    assert tasks[task]["final"] == "up_for_reschedule"
    assert tasks[task]["seconds"] < 30


def test_a_task_that_is_ended_lets_go_of_what_it_has_started_elsewhere(tasks: dict[str, Any]) -> None:
    """`on_kill` of an ended task is called once, in the task's own process, and interrupted if it takes too long."""
    assert tasks["runs"]["on_kill"] == 1
    assert tasks["does_not_let_go"]["on_kill"] == 0


def test_a_task_that_attaches_again_lets_its_work_run(tasks: dict[str, Any]) -> None:
    """`on_kill` is not called of an operator whose next run attaches to what it has started."""
    assert tasks["attaches_again"]["on_kill"] == 0


def test_a_task_that_the_api_server_does_not_take_back_has_failed(found: dict[str, Any]) -> None:
    """A task that the api-server does not take back is reported as failed, which Airflow retries."""
    assert found["not taken back"]["reported"][0] == "up_for_reschedule"
    assert found["not taken back"]["final"] == "failed"


def test_what_a_task_prints_last_is_in_its_log(found: dict[str, Any]) -> None:
    """The log has the lines that the supervisor reads after the end of the process."""
    # The task runs twice.
    assert found["last lines"] == 2 * 5_000


def test_what_a_task_has_started_does_not_outlive_it(tasks: dict[str, Any]) -> None:
    """Programs that a task has started are killed with it."""
    assert tasks["starts_a_program"]["program"] is False


@pytest.mark.parametrize(
    ("task", "state"), [("has_succeeded", "success"), ("has_failed", "failed"), ("reports_slowly", "success")]
)
def test_a_task_that_has_run_to_its_end_is_not_ended(tasks: dict[str, Any], task: str, state: str) -> None:
    """A task that has finished its code is not ended before it has reported."""
    assert tasks[task]["reported"] == [state]
    assert tasks[task]["final"] == state


def test_a_message_that_comes_again_when_its_token_has_expired_is_ignored(found: dict[str, Any]) -> None:
    """An old message with an expired token is ignored, and another refusal is a failure."""
    assert found["refused"] == ["TaskAlreadyRunningError", "ServerResponseError"]


def test_a_slot_is_free_as_soon_as_the_tasks_process_has_ended(found: dict[str, Any]) -> None:
    """A slot is free as soon as the task's process has ended, without waiting for the next heartbeat."""
    assert found["ours"] < found["interval"] / 2


def test_airflow_itself_still_notices_the_end_of_a_process_at_the_next_heartbeat(found: dict[str, Any]) -> None:
    """If this fails, Airflow has fixed it: delete `_service_subprocess` of `airflow_fargate.hand_back`."""
    assert found["airflow"] > found["interval"] / 2
