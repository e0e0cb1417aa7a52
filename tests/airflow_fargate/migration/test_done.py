from airflow_on_fargate.local.database import Database
from tests.airflow_fargate.container import called
from tests.airflow_fargate.postgresql import variables


def test_the_last_version_of_each_is_kept(database: Database) -> None:
    """Over connections, and beside one another."""
    assert called("migration.stored", **variables(database)) == [None, "2", "3"]
