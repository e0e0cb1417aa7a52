"""Start the programs in order, and wait until all are healthy."""

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from airflow_on_fargate.local.containers import ContainerDefinition
from airflow_on_fargate.local.database import Database
from airflow_on_fargate.local.docker import container_name
from airflow_on_fargate.local.machine import Machine, container_here
from airflow_on_fargate.local.own_server import check_port, is_own_server
from airflow_on_fargate.local.programs import AWS, DATABASE
from airflow_on_fargate.local.progress import Progress
from airflow_on_fargate.local.state import State
from airflow_on_fargate.local.supervisor import Supervisord
from constructs_lib.settings.processes import API_SERVER, MIGRATE, START_PERIOD_SEC
from constructs_lib.shared.bad_input import BadInputError

STARTS = 2
"""A program may crash once during the start. One that crashes again would continue to crash."""
PAUSE_SEC = 0.2


class Start:
    """
    Starts the stack and shows its *progress*.

    Raises:
        BadInputError: a program ends or is not healthy in time; its last lines were shown. Or another program uses the
            port of the UI.

    """

    def __init__(self, supervisor: Supervisord, machine: Machine, state: State, progress: Progress) -> None:
        self._supervisor = supervisor
        self._machine = machine
        self._state = state
        self._progress = progress
        self._processes: dict[str, set[int]] = {}

    def run(
        self, containers: Sequence[ContainerDefinition], database: Database | None, fill_aws: Callable[[], None]
    ) -> None:
        """
        Start the stack's own *database*, if it has one, then AWS, then the migration, then all other programs.

        *fill_aws* is called when AWS is ready.
        """
        if database:
            self._supervisor.start(DATABASE)
        self._supervisor.start(AWS)
        if database:
            with self._progress.waiting(DATABASE, "is ready"):
                self._wait(DATABASE, [DATABASE], database.answers)
        with self._progress.waiting(AWS, "is ready"):
            self._wait(AWS, [AWS], self._state.provisioned.exists)
        fill_aws()
        for container in containers:
            if container.name == MIGRATE.name:
                self._supervisor.start(container.program)
                with self._progress.waiting(MIGRATE.name, "has migrated the database"):
                    self._wait(MIGRATE.name, [], partial(self._has_ended, MIGRATE.name))
        services = [container for container in containers if container.name != MIGRATE.name]
        for container in services:
            self._supervisor.start(container.program)
        names = [container.program for container in services]
        # The api-server takes longest, so the others are reported before it.
        for container in sorted(services, key=lambda each: each.name == API_SERVER.name):
            with self._progress.waiting(container.program, "is healthy"):
                self._wait(container.program, names, partial(self._is_healthy, container))

    def _is_healthy(self, container: ContainerDefinition) -> bool:
        if self._machine.containers:
            healthy = is_healthy_in_docker(container_name(self._state, container.program))
        else:
            healthy = is_healthy(container_here(container.program, container.definition, self._machine, self._state))
        if not healthy or container.name != API_SERVER.name:
            return healthy
        if is_own_server(self._supervisor, self._machine, self._state):
            return True
        # The health check cannot distinguish the api-server from another program on its port.
        check_port(self._machine, advice="choose another one, or leave it out to get a free one")
        return False

    def _has_ended(self, name: str) -> bool:
        if self._supervisor.states()[name] != "EXITED":
            return False
        if self._supervisor.exit_status(name):
            raise self._failure(name)
        return True

    def _wait(self, program: str, names: Sequence[str], done: Callable[[], bool]) -> None:
        """Wait until *program* is *done*, and fail if one of *names* ends meanwhile."""
        end = time.monotonic() + START_PERIOD_SEC
        while not done():
            states = self._supervisor.states()
            for name, process in self._supervisor.process_ids().items():
                self._processes.setdefault(name, set()).add(process)
            for name in names:
                if states[name] in ("BACKOFF", "FATAL") or len(self._processes.get(name, ())) > STARTS:
                    raise self._failure(name)
            if time.monotonic() > end:
                self._progress.show_last(program)
                file = self._supervisor.log_file(program)
                msg = f"{program} was not ready within {START_PERIOD_SEC} s; its output is in {file}"
                raise BadInputError(msg)
            self._progress.look()
            time.sleep(PAUSE_SEC)

    def _failure(self, name: str) -> BadInputError:
        self._progress.show_last(name)
        return BadInputError(
            f"{name} did not start; its last lines are above, all of its output is in {self._supervisor.log_file(name)}"
        )


def is_healthy(container: Mapping[str, Any]) -> bool:
    """Run the health check of a *container* that runs as a process of this machine."""
    check = container["healthCheck"]
    environment = {each["name"]: each["value"] for each in container["environment"]}
    # The first word, CMD, means that no shell is used.
    run = subprocess.run(
        check["command"][1:],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        timeout=check["timeout"],
        check=False,
    )
    return run.returncode == 0


def is_healthy_in_docker(name: str) -> bool:
    """Ask Docker, which runs the health check of the container *name* itself."""
    command = ["docker", "inspect", "--format", "{{.State.Health.Status}}", name]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() == "healthy"
