"""Promises of the version of a run's tasks, with Airflow's own rules on PostgreSQL."""

from typing import Any

import pytest

from airflow_on_fargate.local.database import Database
from tests.airflow_fargate.container import called, task_starter
from tests.airflow_fargate.postgresql import empty


@pytest.fixture(name="versions", scope="module")
def _versions(server: Database, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the versions that workers get."""
    empty(server)
    home = tmp_path_factory.mktemp("airflow")
    variables = {
        "AIRFLOW__CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL": "0",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": server.url,
    }
    found: dict[str, Any] = called("pinned_runs.facts", **task_starter(home), **variables)
    return found


@pytest.mark.parametrize(
    "when",
    [
        *("at its start", "later", "up_for_retry", "deferred", "up_for_reschedule", "mapped"),
        *("cleared while it runs", "cleared"),
    ],
)
def test_run_keeps_its_version(versions: dict[str, Any], when: str) -> None:
    """A run's tasks get the version of its start, also after retries, deferrals and clears, and if they are mapped."""
    assert versions[when] == "one"


def test_airflow_moves_the_version_of_an_unchanged_dag(versions: dict[str, Any]) -> None:
    """If this fails, Airflow does not move the version that callbacks use: see `airflow_fargate.dag_processor`."""
    assert versions["moved"] == [1, "two"]


def test_run_that_is_cleared_with_the_latest_version_has_it(versions: dict[str, Any]) -> None:
    """A run that a user clears with the latest version, a new run and one of a backfill get the latest version."""
    assert versions["cleared with the latest"] == versions["new"] == versions["backfill"] == "three"


def test_dag_may_be_without_versions(versions: dict[str, Any]) -> None:
    """The tasks of a DAG with `disable_bundle_versioning` get no version, so they follow the current one."""
    assert versions["not pinned"] is None
