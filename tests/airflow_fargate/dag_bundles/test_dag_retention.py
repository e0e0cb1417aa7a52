"""Promises of the removal of old versions, with moto for S3 and Airflow's tables in PostgreSQL."""

from collections.abc import Iterator
from typing import Any

import pytest
from moto.server import ThreadedMotoServer

from airflow_on_fargate.local.database import Database
from tests.airflow_fargate.container import called, task_starter
from tests.airflow_fargate.postgresql import empty, variables


@pytest.fixture(name="facts", scope="module")
def _facts(server: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Return what a process finds that removes old versions."""
    s3 = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    s3.start()
    host, port = s3.get_host_and_port()
    empty(server)
    yield called(
        "dag_retention.facts",
        **task_starter(tmp_path_factory.mktemp("airflow")),
        **variables(server),
        AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=server.url,
        AWS_ACCESS_KEY_ID="test",
        AWS_SECRET_ACCESS_KEY="test",
        AWS_DEFAULT_REGION="us-east-1",
        AWS_ENDPOINT_URL=f"http://{host}:{port}",
    )
    s3.stop()


def test_database_knows_which_versions_are_needed(facts: dict[str, Any]) -> None:
    """Versions of active runs, of the last parse and of each DAG's latest version are needed; others are not."""
    assert facts["needed"] == ["latest", "parsed of etl", "queued", "running", "seen of etl"]


def test_old_versions_are_removed_when_both_limits_allow_it(facts: dict[str, Any]) -> None:
    """A version is removed only if it is older than the days and not one of the last versions that are kept."""
    assert facts["removed"]["young"] == [0, 1, 2, 3, 4]
    assert facts["removed"]["few"] == [0, 1, 2, 3, 4]


def test_version_in_use_is_never_removed(facts: dict[str, Any]) -> None:
    """The current version, the one before and that of a run stay, also if the clock of who pushed is wrong."""
    assert facts["removed"]["many"] == [0, 2, 4]


def test_packs_go_a_round_later(facts: dict[str, Any]) -> None:
    """A pack that no version needs is removed in the second round that finds it, and no other pack is."""
    assert facts["removed"]["packs"] == [5, 5, 3, 3]


def test_what_is_written_meanwhile_stays(facts: dict[str, Any]) -> None:
    """A version that a rollback makes current while others are removed stays, and so does a pack that is written."""
    assert facts["raced"] == [[1, 3], True]


def test_packs_of_a_repaired_version_stay(facts: dict[str, Any]) -> None:
    """A push that repairs a version gives it another pack, which is not taken for one that no version needs."""
    assert facts["repaired"] == [True]


def test_nothing_is_removed_on_a_damaged_bundle(facts: dict[str, Any]) -> None:
    """Nothing is removed while the pointer is damaged, nor from a bundle without versions."""
    assert facts["removed"]["damaged"] == ["DamagedError", True]
    assert facts["removed"]["nothing"] == []


def test_rounds_go_on_after_a_failure(facts: dict[str, Any]) -> None:
    """A failure is logged, and the next round follows; without bundles there are none."""
    assert facts["runs"]["without bundles"] == 1
    failure, success = facts["runs"]["logged"]
    assert failure.startswith("No old version of the bundle etl is removed: ")
    assert success == "Removed 1 objects of the bundle etl: ['a key']"
