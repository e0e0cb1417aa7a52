from pathlib import Path

from tests.airflow_fargate.container import called, task_starter

APPLICATION = "airflow.utils.serve_logs.log_server:get_app"


def test_a_log_server_listens_on_the_address_that_is_named(tmp_path: Path) -> None:
    """A log server listens only on the address in the variable, and others ask for it there."""
    variables = task_starter(tmp_path) | {
        "AIRFLOW_FARGATE_LOG_SERVER_HOST": "127.0.0.1",
        "AIRFLOW__CORE__HOSTNAME_CALLABLE": "airflow_fargate.log_server.address",
    }

    assert called("logs.listens", **variables) == [APPLICATION, "127.0.0.1", 8793, "127.0.0.1"]


def test_airflow_itself_still_listens_on_all_addresses(tmp_path: Path) -> None:
    """If this fails, Airflow has a setting for the address: delete `log_server.py`."""
    assert called("logs.listens", **task_starter(tmp_path))[:3] == [APPLICATION, "", 8793]
