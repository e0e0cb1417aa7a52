from airflow_on_fargate.local.database import Database
from tests.airflow_fargate.container import last_json, run
from tests.airflow_fargate.postgresql import variables


def test_the_last_version_of_each_is_kept(database: Database) -> None:
    """Over connections, and beside one another."""
    script = """
import json, os, psycopg2
from airflow_fargate.database import parameters
from airflow_fargate.migration.migrate import Done
def done():
    connection = psycopg2.connect(**parameters(os.environ))
    connection.autocommit = True
    return Done(connection)
before = done().get("a")
done().set("a", "1")
done().set("a", "2")
done().set("b", "3")
print(json.dumps([before, done().get("a"), done().get("b")]))
"""

    assert last_json(run("-c", script, **variables(database))) == [None, "2", "3"]
