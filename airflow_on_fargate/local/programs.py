"""What the supervisor runs: the database, AWS, and the containers of the Airflow image."""

import sys
from collections.abc import Sequence

from airflow_on_fargate.local.containers import ContainerDefinition
from airflow_on_fargate.local.machine import Machine
from airflow_on_fargate.local.state import State
from airflow_on_fargate.local.supervisor import Program
from constructs_lib.settings.processes import API_SERVER, MIGRATE

DATABASE = "database"
AWS = "aws"
LAST, BEFORE_LAST, LATE, FIRST = 1, 2, 3, 4
"""
The database stops last; AWS before it, for tasks that it has started may still write to the database; and the
api-server after the worker, which tells it how its tasks end.
"""


def programs(
    machine: Machine, state: State, containers: Sequence[ContainerDefinition], *, with_database: bool
) -> list[Program]:
    """Return the programs, in the order in which they start."""
    found = [
        Program(
            name=AWS,
            command=[sys.executable, "-m", "airflow_on_fargate.local.aws", "--state", str(state.folder)],
            priority=BEFORE_LAST,
        ),
        *(
            Program(
                name=container.program,
                command=[
                    *(sys.executable, "-m", "airflow_on_fargate.local.agent", "--state", str(state.folder)),
                    *("--family", container.family, "--container", container.name),
                ],
                priority=LATE if container.name == API_SERVER.name else FIRST,
                restarts=container.name != MIGRATE.name,
                stop_timeout_sec=container.definition.get("stopTimeout", 30),
            )
            for container in containers
        ),
    ]
    if with_database:
        command = [
            # The package warns of folders that are not used.
            *(sys.executable, "-W", "ignore", "-m", "airflow_on_fargate.local.database"),
            *("--state", str(state.folder), "--port", str(machine.database_port)),
        ]
        # SIGINT: what runs is cut off, not waited for.
        found.insert(0, Program(name=DATABASE, command=command, priority=LAST, stop_signal="INT"))
    return found
