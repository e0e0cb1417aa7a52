"""The programs of the stack: the database, AWS, and Airflow's containers."""

import sys
from collections.abc import Sequence

from airflow_on_fargate.local.containers import ContainerDefinition
from airflow_on_fargate.local.machine import Machine
from airflow_on_fargate.local.state import State
from airflow_on_fargate.local.supervisor import Program
from constructs_lib.settings.processes import API_SERVER, MIGRATE
from constructs_lib.shared.ecs import STOP_TIMEOUT_SEC

DATABASE = "database"
AWS = "aws"
LAST, BEFORE_LAST, LATE, FIRST = 1, 2, 3, 4
"""
Priorities. The database stops last. AWS stops before it, because tasks that it started may still write to the database.
The api-server stops after the workers, which report to it how their tasks end.
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
                stop_timeout_sec=container.definition.get("stopTimeout", STOP_TIMEOUT_SEC),
            )
            for container in containers
        ),
    ]
    if with_database:
        command = [
            # The package warns about folders that are not used.
            *(sys.executable, "-W", "ignore", "-m", "airflow_on_fargate.local.database"),
            *("--state", str(state.folder), "--port", str(machine.database_port)),
        ]
        # SIGINT ends open connections instead of waiting for them (PostgreSQL: "Shutting Down the Server").
        found.insert(0, Program(name=DATABASE, command=command, priority=LAST, stop_signal="INT"))
    return found
