"""Promises of what Airflow's triggerer does with ours in it, and that Airflow's own still does not."""

from pathlib import Path
from typing import Any

import pytest

from airflow_on_fargate.local.database import Database
from tests.airflow_fargate.container import called, last_json, run, task_starter
from tests.airflow_fargate.postgresql import empty

TALKING_LINES, PRINTED_LINES = 25, 40
"""As many as `noted_triggers.Talking` and `Printing` log."""


def _of(whose: str, server: Database, home: Path) -> dict[str, Any]:
    empty(server)
    found: dict[str, Any] = last_json(
        run(
            Path(__file__).with_name("triggerer_loop.py"),
            whose,
            **task_starter(home),
            AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=server.url,
            # Nothing is asked of it in the time that a test takes.
            AWS_DEFAULT_REGION="eu-central-1",
            AIRFLOW__LOGGING__BASE_LOG_FOLDER=str(home / "logs"),
            # A turn loads fewer triggers than a test has.
            AIRFLOW__TRIGGERER__MAX_TRIGGER_TO_SELECT_PER_LOOP="3",
        )
    )
    return found


@pytest.fixture(name="ours", scope="module")
def _ours(server: Database, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return _of("ours", server, tmp_path_factory.mktemp("ours"))


@pytest.fixture(name="airflows", scope="module")
def _airflows(server: Database, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return _of("airflow", server, tmp_path_factory.mktemp("airflow"))


@pytest.mark.parametrize("case", ["marked", "in a thread", "slow to die", "cleared", "not begun"])
def test_on_kill_runs_to_its_end_when_nobody_waits_for_the_trigger(ours: dict[str, Any], case: str) -> None:
    """The trigger's `on_kill` completes, however long it takes, also while the DAG is paused."""
    assert ours[case] is True


def test_on_kill_is_not_called_when_another_triggerer_has_taken_the_trigger_over(ours: dict[str, Any]) -> None:
    """The `on_kill` of a trigger that another triggerer has taken over is not called."""
    assert ours["taken over"] is False


def test_the_log_of_a_trigger_is_uploaded_whole(ours: dict[str, Any]) -> None:
    """The whole log of a trigger is uploaded, also with a slow database and more lines than one read."""
    assert ours["uploaded"] == [TALKING_LINES]


def test_the_log_of_a_trigger_is_uploaded_whole_when_its_end_is_read_first(ours: dict[str, Any]) -> None:
    """The uploaded log of a trigger is complete when its end is read before its last lines."""
    assert ours["uploaded when the end is read first"] == [1]


def test_a_triggerer_outlives_a_request_that_it_reads_after_the_end_of_the_log(ours: dict[str, Any]) -> None:
    """A triggerer continues when it reads a request after the end of the log, as of a killed process."""
    assert ours["request after the log"] is True


def test_a_triggerer_looks_for_unowned_ecs_tasks_while_it_runs(ours: dict[str, Any], airflows: dict[str, Any]) -> None:
    """A thread looks for ECS tasks without an owner while the triggerer runs, and ends with it."""
    assert ours["looks for unowned tasks"] == [True, False]
    assert airflows["looks for unowned tasks"] == [False, False]


def test_all_that_has_been_logged_is_read_in_one_turn(ours: dict[str, Any]) -> None:
    """One turn of the loop reads all lines that have arrived."""
    assert ours["before"] < PRINTED_LINES
    assert ours["in a turn"] == PRINTED_LINES


def test_a_line_of_a_log_does_not_say_again_whose_log_it_is(ours: dict[str, Any]) -> None:
    """A line of a trigger's log does not repeat the fields of its file's name."""
    assert not {"dag_id", "task_id", "run_id", "ti_id", "try_number", "map_index"} & set(ours["fields"])
    assert {"event", "level", "timestamp"} <= set(ours["fields"])


def test_the_last_lines_of_a_process_that_is_killed_are_kept(ours: dict[str, Any]) -> None:
    """The last lines of a killed process are kept, and the loop continues."""
    assert ours["after the end"] == PRINTED_LINES


def test_the_triggerer_has_this_supervisor_and_no_other_process_does(tmp_path: Path) -> None:
    """The triggerer uses our supervisor, and no other process does."""
    found = {
        name: called("process.supervisor_of_triggers", name, **task_starter(tmp_path))
        for name in ("dag-processor", "triggerer")
    }

    assert found == {
        "dag-processor": "airflow.jobs.triggerer_job_runner",
        "triggerer": "airflow_fargate.triggerer.supervisor",
    }


@pytest.mark.parametrize(
    ("case", "with_the_fault"),
    [
        pytest.param("in a thread", False, id="on_kill is not called of a trigger that waits in a thread"),
        pytest.param("slow to die", False, id="on_kill is cancelled after a second"),
        pytest.param("taken over", True, id="on_kill is called of a trigger that is still waited for"),
        pytest.param("cleared", False, id="the trigger of a cleared task instance stays while its DAG is paused"),
        pytest.param("not begun", False, id="a trigger that has not begun is deleted"),
    ],
)
def test_airflow_itself_still_has_the_fault(airflows: dict[str, Any], case: str, *, with_the_fault: bool) -> None:
    """If this fails, Airflow has fixed it: delete what `airflow_fargate.triggerer` does about it."""
    assert airflows["marked"] is True
    assert airflows[case] is with_the_fault


def test_airflow_itself_still_reads_little_in_a_turn(airflows: dict[str, Any]) -> None:
    """If this fails, Airflow has fixed it: delete `TriggererSupervisor._register_pipe_readers`."""
    assert airflows["in a turn"] < PRINTED_LINES


def test_airflow_itself_still_repeats_whose_log_it_is(airflows: dict[str, Any]) -> None:
    """If this fails, Airflow has fixed it: delete `TriggerLog`."""
    assert {"dag_id", "task_id", "run_id"} & set(airflows["fields"])


def test_airflow_itself_still_uploads_logs_that_are_cut_off(airflows: dict[str, Any]) -> None:
    """If this fails, Airflow has fixed it: delete `TriggererSupervisor._read_all`."""
    [lines] = airflows["uploaded"]

    assert lines < TALKING_LINES
