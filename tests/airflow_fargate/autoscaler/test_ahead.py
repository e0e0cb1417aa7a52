"""Promises of workers that are ordered before a run is due, in tables that Airflow itself has made."""

import re
import time
from dataclasses import replace
from pathlib import Path

import pytest

from airflow_on_fargate.local.database import Database
from tests.airflow_fargate import scheduled_dags, task_instances
from tests.airflow_fargate.autoscaler.running import POOLS, autoscaler, newest, until
from tests.airflow_fargate.autoscaler.worker_cloud import WorkerCloud
from tests.airflow_fargate.container import called
from tests.airflow_fargate.postgresql import query, variables
from tests.airflow_fargate.scheduled_dags import DAY_SEC

NIGHTLY = [9, 9, 9, 9, 9]


@pytest.fixture(name="dags")
def _dags(database: Database) -> Database:
    """Return a database without DAGs."""
    scheduled_dags.remove(database)
    return database


def test_workers_are_ordered_for_a_run_that_is_due(dags: Database, cloud: WorkerCloud, tmp_path: Path) -> None:
    """Workers are missing before a run is due, with their reason in one line, and until its tasks are queued."""
    scheduled_dags.add_daily(dags, "nightly", NIGHTLY)
    cloud.want(worker_large=2)
    with autoscaler(tmp_path, variables(dags) | cloud.container(POOLS)) as (_, printed):
        until(lambda: newest(cloud) == (3, 0))
        assert cloud.published("worker-default", "WorkersForecast")[:1] == [3]
        cloud.want(worker_default=3)
        until(lambda: newest(cloud) == (0, 0))
        assert cloud.published("worker-default", "WorkersForecast")[:1] == [3]
        run = scheduled_dags.start_run(dags, "nightly")
        scheduled_dags.add_instances(dags, "nightly", run, 9, state="queued")
        until(lambda: cloud.published("worker-default", "WorkersForecast")[:1] == [0])
        assert newest(cloud) == (0, 0)

    lines = [line for line in printed.read_text().splitlines() if "nightly" in line]
    time = r"\d\d:\d\d:\d\d"
    [line] = lines
    assert re.search(rf" {time} default: 3 workers for nightly at {time}, as in 5 of the last 5 runs$", line)
    for decision in ("0 workers desired, 3 missing", "3 workers desired, as many as needed"):
        reasons = "0 queued and running task instances need 0, runs that are due soon need 3 more"
        assert f"default: {decision}: {reasons}" in printed.read_text()
    # A pool with a minimum has no forecast unless it is set.
    assert cloud.published("worker-large", "WorkersForecast") == []


@pytest.mark.parametrize(
    "change", ["is_paused = true", "dag_id = 'renamed'", "next_dagrun_create_after = now() + interval '1 hour'"]
)
def test_a_run_that_will_not_come_needs_no_workers(
    dags: Database, cloud: WorkerCloud, tmp_path: Path, change: str
) -> None:
    """Workers are no longer asked for when the DAG is paused or renamed, or gets another schedule."""
    scheduled_dags.add_daily(dags, "nightly", NIGHTLY)
    with autoscaler(tmp_path, variables(dags) | cloud.container(POOLS)) as (_, printed):
        until(lambda: newest(cloud) == (3, 2))
        query(dags, "DELETE FROM dag_run")
        scheduled_dags.change_dag(dags, "nightly", change)
        until(lambda: newest(cloud) == (0, 2))

    text = printed.read_text()
    assert text.count("is paused, removed, or has another schedule; its 3 workers are no longer asked for") == 1


def test_tables_that_are_not_as_expected_end_only_the_forecast(
    dags: Database, cloud: WorkerCloud, tmp_path: Path
) -> None:
    """With a column of another name workers follow the work alone, and the log has one line about it."""
    scheduled_dags.add_daily(dags, "nightly", NIGHTLY)
    query(dags, "ALTER TABLE dag RENAME COLUMN next_dagrun TO other")
    with autoscaler(tmp_path, variables(dags) | cloud.container(POOLS)) as (_, printed):
        until(lambda: newest(cloud) == (0, 2))
        task_instances.add(dags, "default", queued=1)
        until(lambda: newest(cloud) == (1, 2))
        query(dags, "ALTER TABLE dag RENAME COLUMN other TO next_dagrun")
        until(lambda: newest(cloud) == (3, 2))

    text = printed.read_text()
    assert (
        text.count('no forecast, workers follow the queued and running work alone: column "next_dagrun" does not') == 1
    )
    assert text.count("the forecast continues") == 1
    assert "Traceback" not in text


def test_a_forecast_continues_after_the_database_was_away(dags: Database, cloud: WorkerCloud, tmp_path: Path) -> None:
    """While the database refuses connections the log says so once, and after it workers are ordered ahead again."""
    maintenance = replace(dags, name="postgres")
    scheduled_dags.add_daily(dags, "nightly", NIGHTLY)
    with autoscaler(tmp_path, variables(dags) | cloud.container(POOLS)) as (process, printed):
        until(lambda: newest(cloud) == (3, 2))
        query(maintenance, f"ALTER DATABASE {dags.name} ALLOW_CONNECTIONS false")
        try:
            query(
                maintenance,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'autoscaler'",
            )
            until(lambda: "not currently accepting connections" in printed.read_text())
            time.sleep(1)
            assert process.poll() is None
        finally:
            query(maintenance, f"ALTER DATABASE {dags.name} ALLOW_CONNECTIONS true")
        until(lambda: "Database and AWS answer again" in printed.read_text())
        cloud.want(worker_default=2, worker_large=2)
        until(lambda: newest(cloud) == (1, 0))

    text = printed.read_text()
    assert sum("not currently accepting connections" in line for line in text.splitlines()) == 1
    assert "nothing is published, so the number of workers stays: " in text
    assert "Traceback" not in text


def test_a_run_that_does_not_start_is_logged_and_the_third_ends_the_forecasts() -> None:
    """Two minutes after a run was due its workers are no longer asked for, and after three such runs there is none."""
    lines = called("autoscaler.lines_of_runs", 4)

    # The forecast is made from the runs that there were in the last five days.
    ordered = [
        f"default: 3 workers for nightly at 00:00:00, as in {count} of the last {count} runs" for count in (5, 4, 3)
    ]
    late = "default: nightly, due at 00:00:00, did not start; its 3 workers are no longer asked for"
    distrust = "nightly: 3 forecasts in a row were wrong; there is none until its newer runs are alike"
    assert lines == [*(line for each in ordered for line in (each, late)), distrust]


def test_a_run_that_starts_is_no_mistake() -> None:
    """Of runs that start, only the workers that are ordered for them are logged."""
    lines = called("autoscaler.lines_of_started_runs", 4)

    assert [line for line in lines if "workers for nightly" not in line] == []
    assert len(lines) == 4


def test_a_run_that_starts_while_no_round_takes_place_is_no_mistake() -> None:
    """A run that is there two minutes after it was due has started, also if nobody looked in between."""
    lines = called("autoscaler.lines_of_started_runs", 4, -60, 121)

    assert [line for line in lines if "workers for nightly" not in line] == []
    assert len(lines) == 4


def test_no_more_workers_are_logged_than_may_be_ordered() -> None:
    """The log has the number of workers within `prewarm_max`."""
    ordered, ended = called("autoscaler.lines_of_limited_runs", 2)

    assert ordered.startswith("default: 2 workers for nightly ")
    assert ended.endswith("its 2 workers are no longer asked for")


def test_fewer_histories_are_read_after_the_database_did_not_answer() -> None:
    """After a query that took too long half as many histories are read at once, then more again."""
    assert called("autoscaler.histories_asked", 10, 8) == [25, 12, 6, 7, 8, 9]


@pytest.mark.parametrize("every_sec", [60, 300, 900])
def test_a_dag_that_is_due_every_few_minutes_is_forecast(dags: Database, cloud: WorkerCloud, every_sec: int) -> None:
    """The run of a DAG that is due each minute has a forecast too, from runs that have had time for their tasks."""
    scheduled_dags.add_dag(dags, "often", due_sec=50)
    for number in range(1, 15):
        run = scheduled_dags.start_run(dags, "often", ago_sec=number * every_sec)
        scheduled_dags.add_instances(dags, "often", run, 9 if number * every_sec > 360 else 1, run_sec=20)

    assert called("autoscaler.expected_slots", 0, **variables(dags), **cloud.container(POOLS)) == 9


def test_the_first_run_of_a_day_is_forecast_from_those_of_other_days(dags: Database, cloud: WorkerCloud) -> None:
    """A DAG that is due every five minutes of some hours finds its workers at the first of them too."""
    scheduled_dags.add_dag(dags, "office", due_sec=50)
    for day in range(1, 6):
        for number in range(12):
            run = scheduled_dags.start_run(dags, "office", ago_sec=day * DAY_SEC - number * 300)
            scheduled_dags.add_instances(dags, "office", run, 1 if number else 9)

    assert called("autoscaler.expected_slots", 0, **variables(dags), **cloud.container(POOLS)) == 9


@pytest.mark.parametrize("clock_error_sec", [-7200, 0, 7200])
def test_the_clock_is_that_of_the_database(dags: Database, cloud: WorkerCloud, clock_error_sec: float) -> None:
    """A container whose clock is wrong orders workers at the same time."""
    scheduled_dags.add_daily(dags, "nightly", NIGHTLY)

    expected = called("autoscaler.expected_slots", clock_error_sec, **variables(dags), **cloud.container(POOLS))

    assert expected == 9
