from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from local.machine import Machine


@pytest.fixture(name="port", scope="module")
def _port() -> Iterator[int]:
    """Return the port of an AWS that knows nothing yet."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    yield int(server.get_host_and_port()[1])
    server.stop()


@pytest.fixture(name="machine")
def _machine(port: int) -> Machine:
    """Return a machine whose AWS is at *port*."""
    return Machine(
        stage="dev",
        containers=False,
        api_server_port=8081,
        aws_port=port,
        worker_log_port=1,
        triggerer_log_port=2,
        database_host="127.0.0.1",
        database_port=5433,
        database_name="airflow",
        database_ssl_mode="prefer",
    )


def client(service: str, machine: Machine) -> Any:
    """Return a client of the machine's AWS."""
    return boto3.client(  # type: ignore[call-overload] # the service is known at run time
        service,
        endpoint_url=machine.endpoint,
        region_name="us-east-1",
        aws_access_key_id="a",
        aws_secret_access_key="b",
    )
