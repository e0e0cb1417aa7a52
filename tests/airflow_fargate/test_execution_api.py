"""Promises of how a task asks the api-server: Airflow's own client, with the variables of a worker."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from constructs_lib.airflow.environment import environment
from tests.airflow.test_environment import STAGE
from tests.airflow_fargate.container import started, task_starter
from tests.http_server import Request, http_server

SLOW_SEC = 6
"""More than Airflow's default, after which a request was sent again."""


@contextmanager
def slow_api_server() -> Iterator[tuple[str, list[str]]]:
    """Run an api-server that takes its time for the first request; yield its URL and the requests so far."""
    requests: list[str] = []

    def answer(request: Request) -> tuple[int, object]:
        requests.append(request.path)
        time.sleep(SLOW_SEC if len(requests) == 1 else 0)
        return 201, {"message": "XCom successfully set"}

    with http_server(answer) as url:
        yield f"{url}/", requests


def test_a_push_that_takes_longer_than_airflows_default_is_sent_once(tmp_path: Path) -> None:
    """A push that takes longer than Airflow's default time-out is sent once."""
    variables = {name: value for name, value in environment("worker", STAGE).items() if "EXECUTION_API" in name}

    with slow_api_server() as (url, requests):
        pushed = started("api_client.push", url, **(task_starter(tmp_path) | variables))

    assert pushed.returncode == 0, pushed.stderr
    assert requests == ["/xcoms/dag/run/task/return_value"]
