"""A state folder, and a machine that a stack could have started on."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from airflow_on_fargate.local.machine import Machine
from airflow_on_fargate.local.state import State

MACHINE = Machine(
    stage="dev",
    containers=False,
    api_server_port=1,
    aws_port=1,
    worker_log_ports={"worker": 1},
    triggerer_log_port=1,
    database_host="127.0.0.1",
    database_port=1,
    database_name="airflow",
    database_ssl_mode="prefer",
)
"""No program listens on its ports."""


@contextmanager
def state_folder() -> Iterator[State]:
    """Make an empty one, whose path is short enough for the supervisor's socket."""
    with tempfile.TemporaryDirectory() as folder:
        state = State(Path(folder))
        state.make()
        yield state
