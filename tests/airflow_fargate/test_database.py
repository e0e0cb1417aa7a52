from tests.airflow_fargate.container import last_json, run
from tests.airflow_fargate.test_main import DATABASE


def test_connections_are_encrypted_unless_the_stage_says_otherwise() -> None:
    """Both of Airflow's drivers are told the same, each in its own words."""
    script = """
import json, os
from airflow_fargate import database
found = database.CONNECT_ARGS, database.CONNECT_ARGS_ASYNC, database.parameters(os.environ)
print(json.dumps([each.get("sslmode") or each["ssl"] for each in found]))
"""

    assert last_json(run("-c", script, **DATABASE)) == ["require"] * 3
    assert last_json(run("-c", script, DB_SSLMODE="prefer", **DATABASE)) == ["prefer"] * 3
