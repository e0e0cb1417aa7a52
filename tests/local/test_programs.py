from pathlib import Path

from airflow_on_fargate.local.containers import ContainerDefinition
from airflow_on_fargate.local.programs import programs
from airflow_on_fargate.local.state import State
from tests.local.state_folder import MACHINE

FAMILY = "airflow-dev-airflow"
CONTAINERS = [
    ContainerDefinition(FAMILY, {"name": "migrate"}),
    ContainerDefinition(FAMILY, {"name": "api-server"}),
    ContainerDefinition(FAMILY, {"name": "worker", "stopTimeout": 120}),
]


def test_programs_stop_after_those_that_need_them(tmp_path: Path) -> None:
    """A worker stops first, and has its time; the migration runs once; the user's own database is not run here."""
    found = programs(MACHINE, State(tmp_path), CONTAINERS, with_database=True)
    of_users_database = programs(MACHINE, State(tmp_path), CONTAINERS, with_database=False)

    assert [each.name for each in found] == ["database", "aws", "migrate", "api-server", "worker"]
    assert of_users_database == found[1:]
    by_name = {each.name: each for each in found}
    # The highest priority stops first.
    worker, api_server, aws, database = [by_name[name].priority for name in ("worker", "api-server", "aws", "database")]
    assert worker > api_server > aws > database
    assert [each.name for each in found if not each.restarts] == ["migrate"]
    assert (by_name["worker"].stop_timeout_sec, by_name["api-server"].stop_timeout_sec) == (120, 30)
