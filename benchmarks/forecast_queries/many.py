"""A metadata database with Airflow's own tables, thousands of DAGs, and a million task instances."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from airflow_on_fargate.local.database import Database
from constructs_lib.airflow.environment import environment
from tests.airflow.test_environment import STAGE
from tests.airflow_fargate import scheduled_dags
from tests.airflow_fargate.container import environment_with
from tests.airflow_fargate.postgresql import migration_variables, query

DAGS, RUNS, INSTANCES = 2_000, 35, 15
"""DAGs, and for each of them past runs, and for each run task instances."""
SPREAD_SEC = 3_600
"""The next runs of all DAGs are due within this time."""
STARTED_SEC = 900
"""The runs that are due so soon exist already, and their task instances are queued. They count after their time."""
START = """
INSERT INTO dag_run (dag_id, run_id, run_type, run_after, logical_date, start_date, state, span_status, clear_number)
SELECT dag_id, 'next', 'scheduled', next_dagrun, next_dagrun, next_dagrun, 'running', '', 0 FROM dag
WHERE next_dagrun < now() + %s * interval '1 s';
INSERT INTO task_instance (
    id, task_id, dag_id, run_id, try_number, pool, pool_slots, queue, state, scheduled_dttm, queued_dttm
)
SELECT gen_random_uuid(), number::text, dag_id, run_id, 1, 'default_pool', 1, 'default', 'queued', now(), now()
FROM dag_run CROSS JOIN generate_series(1, %s) AS tasks (number) WHERE run_id = 'next'
"""
# In this order: other tables refer to keys.
CONSTRAINTS = """
SELECT conrelid::regclass::text, conname, contype, pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype IN ('f', 'p', 'u') AND conrelid IN ('dag_run'::regclass, 'task_instance'::regclass)
ORDER BY contype
"""
INDEXES = """
SELECT indexname, indexdef FROM pg_indexes
WHERE tablename IN ('dag_run', 'task_instance')
    AND indexname NOT IN (SELECT conname FROM pg_constraint WHERE conname IS NOT NULL)
"""
SETTINGS = "fsync = off\nfull_page_writes = off\nmax_wal_size = 8GB\n"
"""For a server whose data nobody needs after a crash."""
COUNT = "SELECT (SELECT count(*) FROM dag), (SELECT count(*) FROM dag_run), (SELECT count(*) FROM task_instance)"


def migrate(database: Database, home: Path) -> None:
    """Create the tables as the image's migration does; *home* is Airflow's folder."""
    variables = {key: value for key, value in environment("migrate", STAGE).items() if "AUTH_MANAGER" in key}
    variables |= {**migration_variables(database), "AIRFLOW_HOME": str(home)}
    run([sys.executable, "-m", "airflow_fargate", "migrate"], variables)


def fill(database: Database) -> Mapping[str, int]:
    """Fill the empty tables, and return how many rows each has."""
    # An index is made faster at once than row by row. Foreign keys would be checked row by row; no query needs them.
    constraints, indexes = query(database, CONSTRAINTS), query(database, INDEXES)
    for table, name, _, _ in constraints:
        query(database, f"ALTER TABLE {table} DROP CONSTRAINT {name} CASCADE")
    for name, _ in indexes:
        query(database, f"DROP INDEX {name}")
    scheduled_dags.add_many(database, dags=DAGS, runs=RUNS, instances=INSTANCES, spread_sec=SPREAD_SEC)
    for table, name, kind, definition in constraints:
        if kind != "f":
            query(database, f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
    for _, definition in indexes:
        query(database, definition)
    query(database, START, STARTED_SEC, INSTANCES)
    _vacuum(database)
    [counts] = query(database, COUNT)
    return dict(zip(("DAGs", "runs", "task instances"), counts, strict=True))


def _vacuum(database: Database) -> None:
    """Do now what autovacuum would do during the measurement."""
    connection = database.connect()
    connection.autocommit = True
    connection.cursor().execute("VACUUM (ANALYZE)")
    connection.close()


def run(command: list[str], variables: Mapping[str, str]) -> str:
    """Return what *command* prints in an environment of *variables*; it must end well."""
    ended = subprocess.run(command, env=environment_with(variables), capture_output=True, text=True, check=False)
    if ended.returncode:
        sys.exit(f"{' '.join(command[1:])} has failed: {ended.stderr.strip()}")
    return ended.stdout
