"""The earlier runs of the DAGs, from which the autoscaler forecasts the next one."""

from datetime import UTC, datetime, timedelta

from benchmarks.prewarm.pairs import PAIRS, PAST_RUNS
from benchmarks.reliability.stack import Stack, wait_for
from constructs_lib.settings.processes import AUTOSCALER
from constructs_lib.settings.worker_pool import service_name

LIMIT_SEC = 1200
"""The time limit of each wait; the earlier runs have more than a hundred tasks."""
QUEUES = [queue for pair in PAIRS for queue in (pair.ahead, pair.reactive)]
ENDED = """
SELECT dag.dag_id FROM dag
WHERE dag_id = ANY(%s)
    AND NOT EXISTS (SELECT FROM dag_run WHERE dag_run.dag_id = dag.dag_id AND state IN ('queued', 'running'))
    AND (SELECT count(*) FROM dag_run WHERE dag_run.dag_id = dag.dag_id AND state = 'success') >= %s
"""
# As if each run had started when it was due. Airflow has caught up on them just now.
MOVE_TASKS = """
UPDATE task_instance AS task SET
    scheduled_dttm = scheduled_dttm - (run.start_date - run.run_after),
    queued_dttm = queued_dttm - (run.start_date - run.run_after),
    start_date = task.start_date - (run.start_date - run.run_after),
    end_date = task.end_date - (run.start_date - run.run_after)
FROM dag_run AS run
WHERE run.dag_id = task.dag_id AND run.run_id = task.run_id AND run.dag_id = ANY(%s)
"""
MOVE_RUNS = """
UPDATE dag_run SET end_date = end_date - (start_date - run_after), start_date = run_after WHERE dag_id = ANY(%s)
"""


def make_history(stack: Stack) -> None:
    """
    Let each DAG with workers ahead have a history, and stop the workers that the stack itself runs.

    Airflow catches up on runs that were due before the start. They are real runs, whose times are moved then to when
    they were due. The autoscaler starts after that.
    """
    ahead, api = [pair.ahead for pair in PAIRS], stack.api
    stack.supervisor.stop_program(stack.program(AUTOSCALER.name))
    wait_for(lambda: set(QUEUES) <= set(api.dag_ids()), "the DAGs to be parsed", limit_sec=LIMIT_SEC)
    for queue in QUEUES:
        api.unpause(queue)
    print(f"  Airflow catches up on {PAST_RUNS} runs of {len(ahead)} DAGs", flush=True)
    wait_for(lambda: len(stack.sql(ENDED, ahead, PAST_RUNS)) == len(ahead), "the earlier runs", limit_sec=LIMIT_SEC)
    wait_for(lambda: len(stack.sql(ENDED, QUEUES, 0)) == len(QUEUES), "all runs to end", limit_sec=LIMIT_SEC)
    for statement in (MOVE_TASKS, MOVE_RUNS):
        stack.sql(statement, ahead)
    for queue in QUEUES:
        stack.supervisor.stop_program(service_name(queue))


def first_due_after() -> datetime:
    """Return after when a run can count: the autoscaler has read the history, and ordered the workers."""
    return datetime.now(UTC) + timedelta(minutes=3)
