"""Scheduled DAGs and their runs in a database that Airflow itself has made, put there by SQL."""

from airflow_on_fargate.local.database import Database
from tests.airflow_fargate.postgresql import query

DAY_SEC = 24 * 3600
BUNDLE = "INSERT INTO dag_bundle (name) VALUES ('dags') ON CONFLICT DO NOTHING"
DAG = """
INSERT INTO dag (
    dag_id, bundle_name, is_paused, is_stale, exceeds_max_non_backfill, has_import_errors, timetable_type,
    max_active_tasks, max_active_runs, max_consecutive_failed_dag_runs, has_task_concurrency_limits, fail_fast,
    partition_mapper_info, next_dagrun, next_dagrun_create_after
) VALUES (
    %s, 'dags', false, false, false, false, '', 16, 16, 0, false, false,
    '[]', now() + %s * interval '1 s', now() + %s * interval '1 s'
)
"""
RUN = """
INSERT INTO dag_run (dag_id, run_id, run_type, run_after, logical_date, start_date, state, span_status, clear_number)
SELECT %(dag)s, %(run)s, %(type)s, due, due, due, 'success', '', 0 FROM (SELECT %(due)s) AS run (due)
"""
INSTANCES = """
INSERT INTO task_instance (
    id, task_id, dag_id, run_id, try_number, pool, pool_slots, queue, state,
    scheduled_dttm, queued_dttm, start_date, end_date
)
SELECT gen_random_uuid(), gen_random_uuid()::text, run.dag_id, run.run_id, 1, 'default_pool', 1, %(queue)s, %(state)s,
    scheduled, scheduled + %(deferred)s * interval '1 s', scheduled + interval '1 s',
    scheduled + (1 + %(deferred)s + %(run_sec)s) * interval '1 s'
FROM dag_run AS run CROSS JOIN LATERAL (SELECT run.start_date + %(ready)s * interval '1 s') AS ready (scheduled)
CROSS JOIN generate_series(1, %(count)s)
WHERE run.dag_id = %(dag)s AND run.run_id = %(run)s
"""


def remove(database: Database) -> None:
    """Remove all DAGs and runs."""
    query(database, "DELETE FROM dag_run")
    query(database, "DELETE FROM dag")


def add_dag(database: Database, dag_id: str, *, due_sec: float) -> None:
    """Add a DAG whose next run is due in *due_sec* seconds."""
    query(database, BUNDLE)
    query(database, DAG, dag_id, due_sec, due_sec)


def change_dag(database: Database, dag_id: str, change: str) -> None:
    """Set columns of a DAG, as Airflow's UI or its dag-processor does."""
    query(database, f"UPDATE dag SET {change} WHERE dag_id = %s", dag_id)  # noqa: S608 the tests' own text


def start_run(database: Database, dag_id: str, *, ago_sec: float | None = None, run_type: str = "scheduled") -> str:
    """
    Add the run that is due, as the scheduler does, and return its id; or one that is *ago_sec* older than it.

    The next run is due a day later.
    """
    [[due]] = query(
        database, "SELECT next_dagrun - %s * interval '1 s' FROM dag WHERE dag_id = %s", ago_sec or 0, dag_id
    )
    run_id = f"{run_type}__{due.isoformat()}"
    connection = database.connect()
    with connection, connection.cursor() as cursor:
        cursor.execute(RUN, {"dag": dag_id, "run": run_id, "type": run_type, "due": due})
    connection.close()
    if ago_sec is None:
        later = "next_dagrun = next_dagrun + interval '1 day'"
        change_dag(database, dag_id, f"{later}, next_dagrun_create_after = next_dagrun_create_after + interval '1 day'")
    return run_id


def add_instances(
    database: Database,
    dag_id: str,
    run_id: str,
    count: int,
    *,
    ready_sec: float = 0,
    run_sec: float = 60,
    deferred_sec: float = 0,
    queue: str = "default",
    state: str = "success",
) -> None:
    """
    Add *count* task instances of a run that were ready *ready_sec* after its start, and ran for *run_sec*.

    A task that was deferred for *deferred_sec* is queued again after it, and keeps its first start.
    """
    values = {
        "dag": dag_id,
        "run": run_id,
        "count": count,
        "ready": ready_sec,
        "run_sec": run_sec,
        "deferred": deferred_sec,
        "queue": queue,
        "state": state,
    }
    connection = database.connect()
    with connection, connection.cursor() as cursor:
        cursor.execute(INSTANCES, values)
    connection.close()


def add_daily(database: Database, dag_id: str, counts: list[int], *, due_sec: float = 60) -> None:
    """Add a daily DAG that is due soon, and a run for each of the days before, the newest first, with *counts*."""
    add_dag(database, dag_id, due_sec=due_sec)
    for number, count in enumerate(counts, start=1):
        add_instances(database, dag_id, start_run(database, dag_id, ago_sec=number * DAY_SEC), count)


MANY_DAGS = """
INSERT INTO dag (
    dag_id, bundle_name, is_paused, is_stale, exceeds_max_non_backfill, has_import_errors, timetable_type,
    max_active_tasks, max_active_runs, max_consecutive_failed_dag_runs, has_task_concurrency_limits, fail_fast,
    partition_mapper_info, next_dagrun, next_dagrun_create_after
)
SELECT 'd' || number, 'dags', false, false, false, false, '', 16, 16, 0, false, false, '[]', due, due
FROM generate_series(1, %(dags)s) AS dags (number)
CROSS JOIN LATERAL (SELECT now() + number * interval '1 s' * %(spread)s / %(dags)s) AS next_run (due)
"""
# In the order of time, as Airflow adds them: the runs of a DAG are not beside each other.
MANY_RUNS = """
INSERT INTO dag_run (dag_id, run_id, run_type, run_after, logical_date, start_date, state, span_status, clear_number)
SELECT dag_id, due::text, 'scheduled', due, due, due, 'success', '', 0
FROM dag CROSS JOIN generate_series(1, %(runs)s) AS days (number)
CROSS JOIN LATERAL (SELECT next_dagrun - number * interval '1 day') AS run (due)
ORDER BY run.due
"""
MANY_INSTANCES = """
INSERT INTO task_instance (
    id, task_id, dag_id, run_id, try_number, pool, pool_slots, queue, state,
    scheduled_dttm, queued_dttm, start_date, end_date
)
SELECT gen_random_uuid(), number::text, dag_id, run_id, 1, 'default_pool', 1, 'default', 'success',
    start_date, start_date, start_date + interval '1 s', start_date + (number %% 300) * interval '1 s'
FROM dag_run CROSS JOIN generate_series(1, %(instances)s) AS tasks (number)
ORDER BY start_date, dag_id
"""


def add_many(database: Database, *, dags: int, runs: int, instances: int, spread_sec: int) -> None:
    """Add daily DAGs that are due within *spread_sec*, each with *runs* past runs of *instances* task instances."""
    values = {"dags": dags, "runs": runs, "instances": instances, "spread": spread_sec}
    query(database, BUNDLE)
    connection = database.connect()
    with connection, connection.cursor() as cursor:
        for command in (MANY_DAGS, MANY_RUNS, MANY_INSTANCES):
            cursor.execute(command, values)
        cursor.execute("ANALYZE dag, dag_run, task_instance")
    connection.close()
