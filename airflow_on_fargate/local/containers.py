"""Find the containers of the Airflow image in all task definitions of a stage."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airflow_on_fargate.local.template import Template
from constructs_lib.ecs.what_runs import is_worker_service
from constructs_lib.settings.processes import AUTOSCALER, MIGRATE, PROCESSES, WORKER

AIRFLOW = (MIGRATE.name, *(process.name for process in PROCESSES), AUTOSCALER.name)


@dataclass(frozen=True)
class ContainerDefinition:
    """A container *definition*, with references unresolved, and the family of its task definition."""

    family: str
    definition: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The process that it runs."""
        name: str = self.definition["name"]
        return name

    @property
    def program(self) -> str:
        """The name of its program, unique in the stack."""
        return program_name(self.family, self.name)


def program_name(family: str, container: str) -> str:
    """Return a unique name for a *container*: its own, or for a pool's worker the name of the pool's service."""
    # The family is "airflow-<stage>-<service>"; the name of a stage has no hyphen.
    service = family.split("-", 2)[2]
    return service if container == WORKER.name and is_worker_service(service) else container


def airflow_containers(template: Template) -> list[ContainerDefinition]:
    """Return the containers in the order of `processes.py`, starting with the migration."""
    found = [
        ContainerDefinition(task["family"], definition)
        for label, task in template.stack.all("aws_ecs_task_definition").items()
        for name, definition in template.stack.containers(label).items()
        if name in AIRFLOW
    ]
    return sorted(found, key=lambda container: (AIRFLOW.index(container.name), container.program))
