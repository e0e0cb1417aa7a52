"""Task instances in a database that Airflow itself has made, put there by SQL: thousands at once."""

from airflow_on_fargate.local.database import Database
from tests.airflow_fargate.postgresql import query

RUN = """
INSERT INTO dag_run (dag_id, run_id, run_type, run_after) VALUES ('d', 'r', 'manual', now()) ON CONFLICT DO NOTHING
"""
INSTANCES = """
INSERT INTO task_instance (id, task_id, dag_id, run_id, try_number, pool, pool_slots, queue, state)
SELECT gen_random_uuid(), gen_random_uuid()::text, 'd', 'r', 1, 'default_pool', 1, %s, %s FROM generate_series(1, %s)
"""


def add(database: Database, queue: str, **numbers: int) -> None:
    """Add *numbers* of task instances to *queue*, by their state."""
    query(database, RUN)
    for state, number in numbers.items():
        query(database, INSTANCES, queue, state if state != "none" else None, number)


def remove(database: Database) -> None:
    """Remove all of them."""
    query(database, "DELETE FROM dag_run")
