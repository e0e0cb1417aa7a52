"""What the tests of the AWS endpoint may ask for."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.local.aws.endpoint import Endpoint


@pytest.fixture(name="endpoint", scope="session")
def _endpoint() -> Iterator[Endpoint]:
    """Return a server that all tests share: each has a folder of its own for its tasks."""
    with tempfile.TemporaryDirectory() as folder:
        endpoint = Endpoint(Path(folder))
        endpoint.start()
        yield endpoint
        endpoint.stop()


@pytest.fixture(name="own_endpoint")
def _own_endpoint() -> Iterator[Endpoint]:
    """Return a server of the test's own, to be stopped and started again."""
    with tempfile.TemporaryDirectory() as folder:
        endpoint = Endpoint(Path(folder))
        endpoint.start()
        yield endpoint
        endpoint.stop()
