"""What the tests of the AWS endpoint may ask for."""

from collections.abc import Iterator

import pytest

from tests.local.aws.endpoint import Endpoint, running_endpoint


@pytest.fixture(name="endpoint", scope="session")
def _endpoint() -> Iterator[Endpoint]:
    """Return a server that all tests share: each has a folder of its own for its tasks."""
    with running_endpoint() as endpoint:
        yield endpoint


@pytest.fixture(name="own_endpoint")
def _own_endpoint() -> Iterator[Endpoint]:
    """Return a server of the test's own, to be stopped and started again."""
    with running_endpoint() as endpoint:
        yield endpoint
