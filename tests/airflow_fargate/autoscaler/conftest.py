"""A database with Airflow's tables, and an AWS with two services of workers."""

import importlib.util
from collections.abc import Iterator

import pytest

from airflow_on_fargate.local.database import Database
from constructs_lib.airflow.environment import environment
from tests.airflow.test_environment import STAGE
from tests.airflow_fargate import task_instances
from tests.airflow_fargate.autoscaler.worker_cloud import WorkerCloud, worker_cloud
from tests.airflow_fargate.container import run
from tests.airflow_fargate.postgresql import migration_variables
from tests.requirements_of_machine import require


@pytest.fixture(name="airflow", scope="module")
def _airflow(server: Database, tmp_path_factory: pytest.TempPathFactory) -> Database:
    """Return a database with Airflow's tables."""
    require("Airflow", present=importlib.util.find_spec("airflow") is not None)
    container_variables = {key: value for key, value in environment("migrate", STAGE).items() if "AUTH_MANAGER" in key}
    container_variables |= {"AIRFLOW_HOME": str(tmp_path_factory.mktemp("home"))}
    migrated = run("-m", "airflow_fargate", "migrate", **migration_variables(server), **container_variables)
    assert migrated.returncode == 0, migrated.stdout + migrated.stderr
    return server


@pytest.fixture(name="database")
def _database(airflow: Database) -> Database:
    """Return that database without task instances."""
    task_instances.remove(airflow)
    return airflow


@pytest.fixture(name="cloud")
def _cloud() -> Iterator[WorkerCloud]:
    with worker_cloud("worker-default", "worker-large") as cloud:
        yield cloud
