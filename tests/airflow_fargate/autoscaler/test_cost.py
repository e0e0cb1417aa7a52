"""Promises of what an autoscaler costs."""

import re

from airflow_on_fargate.local.database import Database
from tests.airflow_fargate import scheduled_dags, task_instances
from tests.airflow_fargate.autoscaler.running import POOLS
from tests.airflow_fargate.autoscaler.worker_cloud import WorkerCloud
from tests.airflow_fargate.container import called
from tests.airflow_fargate.postgresql import query, variables


def test_zeros_are_published_seldom_and_all_else_in_each_round() -> None:
    """Zeros are published rarely and other numbers in each round, and every period of an alarm has a datapoint."""
    published = called("autoscaler.published", [4] * 9 + [8] * 3 + [4] * 6)

    # 0 at first and after 30 s, 1 in each round, then 0 for 20 s, so that no alarm keeps the 1.
    zeros = [[second, 0] for second in (1060, 1065, 1070, 1075)]
    assert published == [[1000, 0], [1030, 0], [1045, 1], [1050, 1], [1055, 1], *zeros]


def test_a_round_costs_next_to_nothing(database: Database, cloud: WorkerCloud) -> None:
    """A round takes less than 10 ms of CPU time, and the process less than 100 MB without Airflow."""
    cloud.want(worker_default=1)  # so that each round publishes

    used = called("autoscaler.used", **variables(database), **cloud.container(POOLS))

    assert used["cpu"] < 0.01
    assert used["kib"] < 100_000
    assert not used["airflow"]


def test_the_database_finds_them_by_an_index(database: Database) -> None:
    """The query uses an index, so a million finished task instances cost nothing."""
    task_instances.add(database, "default", success=20_000, running=20)
    query(database, "ANALYZE task_instance")

    plan = query(
        database,
        "EXPLAIN SELECT queue, count(*) FROM task_instance"
        " WHERE state IN ('queued', 'running', 'restarting') AND queue IN ('default') GROUP BY queue",
    )

    assert any("ti_state" in line for (line,) in plan), plan


def test_the_forecast_finds_runs_by_indexes(database: Database) -> None:
    """Each query of the forecast uses Airflow's indexes, so the number of DAGs and old runs costs nothing."""
    scheduled_dags.remove(database)
    scheduled_dags.add_many(database, dags=1000, runs=7, instances=1, spread_sec=30_000)

    plans = called("autoscaler.plans", **variables(database))

    scheduled_dags.remove(database)
    indexes = {
        "DUE": {"idx_next_dagrun_create_after"},
        "RUNS_OF": {"dag_run_dag_id_logical_date_key"},
        "NEEDS": {"dag_run_pkey", "ti_dag_run"},
        "ARRIVED": {"dag_run_dag_id_logical_date_key", "ti_dag_run"},
    }
    for name, plan in plans.items():
        assert {index for index in indexes[name] if index in plan} == indexes[name], plan
        assert not re.search(r"Seq Scan on (dag|dag_run|task_instance)\b", plan), plan
    assert plans.keys() == indexes.keys()
