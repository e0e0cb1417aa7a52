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


def test_a_database_that_has_failed_over_is_noticed_in_a_minute_and_a_half() -> None:
    """By an idle connection of either driver; a new one waits ten seconds for an answer at most."""
    script = """
import json
from airflow_fargate.database import CONNECT_ARGS, CONNECT_ARGS_ASYNC
print(json.dumps([CONNECT_ARGS, CONNECT_ARGS_ASYNC]))
"""
    libpq, asyncpg = last_json(run("-c", script))
    for prefix, told in (("", libpq), ("tcp_", asyncpg["server_settings"])):
        idle, interval, count = (int(told[f"{prefix}keepalives_{word}"]) for word in ("idle", "interval", "count"))

        assert idle + interval * count <= 90
    assert libpq["connect_timeout"] == asyncpg["timeout"] == 10
