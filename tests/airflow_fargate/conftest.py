"""A PostgreSQL of its own for the tests of what the image does with its database."""

import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.database import Database, own_database, wait_for
from local.ports import free_port
from local.state import State
from tests.airflow_fargate.postgresql import empty


@pytest.fixture(name="server", scope="module")
def _server() -> Iterator[Database]:
    """Run PostgreSQL, whose password has characters that a URL must quote."""
    # Not pytest's folder: PostgreSQL gives up root, and must get there.
    with tempfile.TemporaryDirectory() as folder:
        state = State(Path(folder))
        database = own_database(state, port=free_port())
        command = [sys.executable, "-m", "local.database", "--state", folder, "--port", str(database.port)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            wait_for(database)
            yield database
            process.send_signal(signal.SIGINT)


@pytest.fixture(name="database")
def _database(server: Database) -> Database:
    """Return a database without tables."""
    empty(server)
    return server
