"""A PostgreSQL of its own for the tests of what the image does with its database."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from airflow_on_fargate.local.database import Database
from airflow_on_fargate.local.state import State
from tests.airflow_fargate.postgresql import empty
from tests.local.postgresql import running


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker("airflow")


@pytest.fixture(name="server", scope="module")
def _server() -> Iterator[Database]:
    """Run PostgreSQL, whose password has characters that a URL must quote."""
    # Not pytest's folder: PostgreSQL gives up root, and must get there.
    with tempfile.TemporaryDirectory() as folder, running(State(Path(folder))) as database:
        yield database


@pytest.fixture(name="database")
def _database(server: Database) -> Database:
    """Return a database without tables."""
    empty(server)
    return server
