"""What tests of the operations may ask for."""

from collections.abc import Iterator

import pytest
from moto import mock_aws


@pytest.fixture(name="moto")
def _moto() -> Iterator[None]:
    """Let boto3 ask an empty AWS in this process."""
    with mock_aws():
        yield
