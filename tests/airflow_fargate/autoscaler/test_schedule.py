"""Promises of what the autoscaler reads of Airflow's schedule and history, in tables that Airflow itself has made."""

import importlib.util
from pathlib import Path

import pytest

from airflow_on_fargate.local.database import Database
from tests.airflow_fargate import scheduled_dags
from tests.airflow_fargate.container import called
from tests.airflow_fargate.postgresql import query, variables
from tests.airflow_fargate.scheduled_dags import DAY_SEC
from tests.requirements_of_machine import require


@pytest.fixture(name="dags")
def _dags(database: Database) -> Database:
    """Return a database without DAGs."""
    scheduled_dags.remove(database)
    return database


def test_the_runs_are_those_that_the_scheduler_will_create(dags: Database) -> None:
    """A DAG that is paused, removed, broken, at its limit of runs, or without a next time has no run that is due."""
    changes = {
        "paused": "is_paused = true",
        "removed": "is_stale = true",
        "broken": "has_import_errors = true",
        "at_its_limit": "exceeds_max_non_backfill = true",
        "without_time": "next_dagrun = NULL, next_dagrun_create_after = NULL",
        "later": "next_dagrun_create_after = now() + interval '1 hour'",
        "long_due": "next_dagrun_create_after = now() - interval '1 hour'",
        "late": "next_dagrun_create_after = now() - interval '1 minute'",
        "not_imported": "has_import_errors = NULL",
        "not_by_schedule": "allowed_run_types = '[\"manual\"]'",
        "by_schedule": 'allowed_run_types = \'["manual", "scheduled"]\'',
        "of_all_types": "allowed_run_types = 'null'",
    }
    for dag_id, change in changes.items():
        scheduled_dags.add_dag(dags, dag_id, due_sec=60)
        scheduled_dags.change_dag(dags, dag_id, change)

    assert called("autoscaler.due_runs", **variables(dags)) == ["by_schedule", "late", "of_all_types"]


def test_airflow_gives_no_time_to_a_dag_whose_timetable_raises(tmp_path: Path) -> None:
    """Airflow removes the next time of a DAG whose timetable raises, so no run of it is due."""
    require("Airflow", present=importlib.util.find_spec("airflow") is not None)

    assert called("timetables.next_times", AIRFLOW_HOME=str(tmp_path)) == {"daily": True, "raising": False}


def test_no_run_is_due_without_dags(dags: Database) -> None:
    """A database without DAGs has a time, and no run that is due."""
    assert called("autoscaler.due_runs", **variables(dags)) == []


def test_a_need_is_what_holds_slots_at_once(dags: Database) -> None:
    """Task instances of the first minutes count by queue, one after another once, and deferred ones share slots."""
    scheduled_dags.add_dag(dags, "d", due_sec=60)
    run = scheduled_dags.start_run(dags, "d", ago_sec=DAY_SEC)
    scheduled_dags.add_instances(dags, "d", run, 12, run_sec=60)
    scheduled_dags.add_instances(dags, "d", run, 5, ready_sec=90, run_sec=60)
    scheduled_dags.add_instances(dags, "d", run, 90, ready_sec=600)
    scheduled_dags.add_instances(dags, "d", run, 20, queue="large", deferred_sec=300)
    scheduled_dags.add_instances(dags, "d", run, 20, queue="unknown")

    assert called("autoscaler.needs", "d", **variables(dags)) == [{"default": 12, "large": 6}]


def test_a_run_without_tasks_of_a_pool_does_not_count(dags: Database) -> None:
    """After a pool got another name, the runs before do not say that the DAG needs nothing; an empty run does."""
    scheduled_dags.add_dag(dags, "d", due_sec=60)
    for day, queue in enumerate(["default", "renamed", "renamed"], start=1):
        run = scheduled_dags.start_run(dags, "d", ago_sec=day * DAY_SEC)
        scheduled_dags.add_instances(dags, "d", run, 12, queue=queue)
    scheduled_dags.start_run(dags, "d", ago_sec=4 * DAY_SEC)

    assert called("autoscaler.needs", "d", **variables(dags)) == [{"default": 12}, {}]


def test_a_run_with_a_cleared_task_needs_what_it_needed_at_first(dags: Database) -> None:
    """Airflow gives an ended run a new start when a task of it is cleared; its other tasks were not ready at once."""
    scheduled_dags.add_dag(dags, "d", due_sec=60)
    run = scheduled_dags.start_run(dags, "d", ago_sec=DAY_SEC)
    for minute in range(0, 20, 2):
        scheduled_dags.add_instances(dags, "d", run, 1, ready_sec=60 * minute, run_sec=100)
    query(dags, "UPDATE dag_run SET start_date = now() - interval '1 hour'")
    query(
        dags,
        "UPDATE task_instance SET queued_dttm = run.start_date, start_date = run.start_date, end_date = now()"
        " FROM dag_run AS run WHERE queued_dttm = (SELECT max(queued_dttm) FROM task_instance)",
    )

    assert called("autoscaler.needs", "d", **variables(dags)) == [{"default": 1}]


@pytest.mark.parametrize("ago_sec", [300, DAY_SEC])
def test_a_run_that_has_just_started_does_not_count(dags: Database, ago_sec: float) -> None:
    """A run whose first minutes are not over says too little, also one of another day that starts late."""
    scheduled_dags.add_dag(dags, "d", due_sec=60)
    run = scheduled_dags.start_run(dags, "d", ago_sec=ago_sec)
    scheduled_dags.add_instances(dags, "d", run, 12)
    query(dags, "UPDATE dag_run SET start_date = now() - interval '5 minutes'")
    assert called("autoscaler.needs", "d", **variables(dags)) == []

    query(dags, "UPDATE dag_run SET start_date = now() - interval '7 minutes'")
    assert called("autoscaler.needs", "d", **variables(dags)) == [{"default": 12}]


def test_tasks_that_airflow_queues_one_after_another_need_few_slots(dags: Database) -> None:
    """Tasks that are ready at once, of which a limit of Airflow lets two run, need about that many slots."""
    scheduled_dags.add_dag(dags, "d", due_sec=60)
    run = scheduled_dags.start_run(dags, "d", ago_sec=DAY_SEC)
    for second in range(0, 180, 30):
        scheduled_dags.add_instances(dags, "d", run, 2, ready_sec=second, run_sec=28)
    query(dags, "UPDATE task_instance SET scheduled_dttm = (SELECT min(scheduled_dttm) FROM task_instance)")

    assert called("autoscaler.needs", "d", **variables(dags)) == [{"default": 2}]


def test_the_past_runs_are_the_last_ones_and_those_of_the_same_time(dags: Database) -> None:
    """Of an hourly DAG the last five runs count, and those of the same hour of the last days and weeks."""
    scheduled_dags.add_dag(dags, "d", due_sec=60)
    for hour in [*range(1, 8), 23, 24, 25, 47, 48, 49, 72, 96, 120, 144, 167, 168, 169]:
        run = scheduled_dags.start_run(dags, "d", ago_sec=hour * 3600)
        scheduled_dags.add_instances(dags, "d", run, hour)
    manual = scheduled_dags.start_run(dags, "d", ago_sec=1800, run_type="manual")
    scheduled_dags.add_instances(dags, "d", manual, 1)

    found = called("autoscaler.needs", "d", **variables(dags))

    hours = [1, 2, 3, 4, 5, *(24 * day for day in (1, 2, 3, 4, 5, 7))]
    assert found == [{"default": hour} for hour in hours]


def test_the_memory_of_past_runs_has_a_limit(dags: Database) -> None:
    """What runs of other DAGs needed is forgotten first."""
    for dag_id in ("c", "d"):
        scheduled_dags.add_dag(dags, dag_id, due_sec=60)
        scheduled_dags.start_run(dags, dag_id, ago_sec=DAY_SEC)

    assert called("autoscaler.forgotten", **variables(dags)) == [1, 1]


def test_a_run_has_come_before_its_tasks_are_queued(dags: Database) -> None:
    """A run that the scheduler has created counts, with no task instance."""
    scheduled_dags.add_dag(dags, "d", due_sec=60)
    scheduled_dags.start_run(dags, "d", ago_sec=0)

    assert called("autoscaler.arrived_runs", **variables(dags)) == [{}]


def test_a_run_is_found_after_the_clocks_change(dags: Database) -> None:
    """A daily run that was an hour earlier or later in UTC counts."""
    scheduled_dags.add_dag(dags, "d", due_sec=60)
    for hours in (25, 48, 71):
        run = scheduled_dags.start_run(dags, "d", ago_sec=hours * 3600)
        scheduled_dags.add_instances(dags, "d", run, hours)

    assert called("autoscaler.needs", "d", **variables(dags)) == [{"default": hours} for hours in (25, 48, 71)]
