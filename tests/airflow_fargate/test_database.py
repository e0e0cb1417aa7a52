from tests.airflow_fargate.container import called
from tests.airflow_fargate.test_main import DATABASE


def test_connections_are_encrypted_unless_the_stage_says_otherwise() -> None:
    """Both database drivers of Airflow use the TLS mode of the stage, by default an encrypted one."""
    assert called("stage.ssl_modes", DATABASE) == ["require"] * 3
    assert called("stage.ssl_modes", DATABASE, DB_SSLMODE="prefer") == ["prefer"] * 3


def test_a_database_that_has_failed_over_is_noticed_in_a_minute_and_a_half() -> None:
    """An idle connection notices a failover within 90 seconds, and a new one fails after ten seconds."""
    libpq, asyncpg = called("stage.connect_arguments")
    for prefix, settings in (("", libpq), ("tcp_", asyncpg["server_settings"])):
        idle, interval, count = (int(settings[f"{prefix}keepalives_{word}"]) for word in ("idle", "interval", "count"))

        assert idle + interval * count <= 90
    assert libpq["connect_timeout"] == asyncpg["timeout"] == 10
