from pathlib import Path

import pytest

from tests.airflow_fargate.container import last_json, run_with_airflow

START = """
    import json, uvicorn
    from airflow_fargate.log_server import listen_on_one_address
    uvicorn.run = lambda application, **options: print(json.dumps([application, options["host"], options["port"]]))
    listen_on_one_address()
    from airflow.utils.serve_logs import serve_logs
    serve_logs(port=8793)
"""


@pytest.mark.parametrize(
    ("variables", "host"), [({}, ""), ({"AIRFLOW_FARGATE_LOG_SERVER_HOST": "127.0.0.1"}, "127.0.0.1")]
)
def test_a_log_server_listens_on_the_address_that_is_named(
    tmp_path: Path, variables: dict[str, str], host: str
) -> None:
    """On all, as Airflow's do, where none is named."""
    ended = run_with_airflow(START, tmp_path, **variables)

    assert last_json(ended) == ["airflow.utils.serve_logs.log_server:get_app", host, 8793]
