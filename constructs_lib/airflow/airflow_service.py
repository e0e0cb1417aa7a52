"""One or several of Airflow's processes as a service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs import Construct

from constructs_lib.airflow.container_variables import ContainerVariables, UserVariables
from constructs_lib.ecs.container import Container
from constructs_lib.ecs.fargate_service import FargateService
from constructs_lib.ecs.task_definition import TaskDefinition
from constructs_lib.engine.names import pascal_case
from constructs_lib.iam.policy import allow
from constructs_lib.network.security_group import SecurityGroup
from constructs_lib.settings.processes import (
    API_PORT,
    API_SERVER,
    MAXIMUM_PERCENT,
    MIGRATE,
    MINIMUM_HEALTHY_PERCENT,
    START_PERIOD_SEC,
    WORKER,
    health_check,
)
from constructs_lib.settings.tags import SERVICE_TAG
from constructs_lib.shared.containers import RUN_DAG_CODE
from constructs_lib.storage.user_secrets import UserSecrets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from constructs import IDependable

    from constructs_lib.airflow.environment import AirflowEnvironment
    from constructs_lib.ecs.cluster import Cluster
    from constructs_lib.ecs.container_image import ContainerImage
    from constructs_lib.engine.order import Ready
    from constructs_lib.network.security_group import Connectable
    from constructs_lib.settings.capacity import TaskSize
    from constructs_lib.settings.permission import Permission
    from constructs_lib.settings.process_settings import ProcessSettings
    from constructs_lib.settings.processes import Process
    from constructs_lib.settings.settings import Settings
    from constructs_lib.settings.worker_pool import WorkerPool
    from constructs_lib.shared.capacity import Capacity
    from constructs_lib.storage.secret import SecretReference


class AirflowService(Construct):
    """
    Define a Fargate service whose task has a container for each of *processes*.

    *images* are the Airflow image by architecture, *references* the secrets by the names of `environment.secrets`;
    *permissions* are added to the task's role. Each container gets *user_variables*, and on top of them the variables
    in its *process_settings*, and reaches *direct_hosts* without a proxy. A task with the api-server first migrates the
    database, in a container that must succeed. The service starts after *dependencies*.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        settings: Settings,
        cluster: Cluster,
        images: Mapping[str, ContainerImage],
        name: str,
        processes: Sequence[Process],
        size: TaskSize,
        count: int,
        capacity: Capacity,
        permissions: Sequence[Permission],
        environment: AirflowEnvironment,
        references: Mapping[str, SecretReference],
        user_variables: UserVariables,
        direct_hosts: Sequence[str],
        process_settings: Mapping[str, ProcessSettings | WorkerPool],
        dependencies: Sequence[IDependable | Ready],
        architecture: str | None = None,
    ) -> None:
        super().__init__(scope, id_)

        self.name = name
        self._settings, self._cluster = settings, cluster
        architecture = architecture or settings.architecture
        variables = ContainerVariables(
            environment=environment,
            airflow_config=settings.airflow_config,
            references=references,
            user=user_variables,
            own={each: self._own_variables(each, process_settings[each]) for each in process_settings},
            direct_hosts=direct_hosts,
        )
        self.security_group = SecurityGroup(self, "SecurityGroup", network=cluster.network, owner=id_)
        self.security_group.allow_to_anywhere()
        self.task_definition = self._task_definition(
            containers=_containers(processes, image=images[architecture].uri, variables=variables),
            image=images[architecture],
            size=size,
            architecture=architecture,
            compatibility="EC2" if capacity == "EC2" else "FARGATE",
        )
        self.role = self.task_definition.role
        for permission in permissions:
            self.role.add(allow(permission.actions, permission.resources))
        self.service = self._service(count=count, capacity=capacity, dependencies=dependencies)
        self._log_ports = [process.log_port for process in processes if process.log_port]
        """The ports that serve the logs of running tasks and triggers."""

    def allow_api_requests_from(self, peer: Connectable) -> None:
        """Let *peer* call the API, which the api-server of this service answers."""
        self.security_group.allow_from(peer, API_PORT)

    def allow_log_requests_from(self, peer: Connectable) -> None:
        """Let *peer* fetch the logs of running tasks and triggers, if this service has any."""
        for port in self._log_ports:
            self.security_group.allow_from(peer, port)

    def _own_variables(self, container: str, settings: ProcessSettings | WorkerPool) -> UserVariables:
        secrets = UserSecrets(
            self,
            f"{pascal_case(container)}Secrets",
            account=self._cluster.account,
            owner=f"{self.name}__{container}",
            secrets=settings.secrets,
        )
        return UserVariables(environment=settings.environment, secrets=secrets.references)

    def _task_definition(
        self,
        *,
        containers: Sequence[Container],
        image: ContainerImage,
        size: TaskSize,
        architecture: str,
        compatibility: str,
    ) -> TaskDefinition:
        return TaskDefinition(
            self,
            "TaskDefinition",
            cluster=self._cluster,
            family=f"{self._settings.name}-{self.name}",
            containers=containers,
            image=image,
            cpu=size.cpu,
            memory_mib=size.memory_mib,
            architecture=architecture,
            compatibilities=[compatibility],
            log_group_name=f"/{self._settings.name}/{self.name}",
            log_retention_days=self._settings.log_retention_days,
            tags={SERVICE_TAG: self.name},
        )

    def _service(
        self, *, count: int, capacity: Capacity, dependencies: Sequence[IDependable | Ready]
    ) -> FargateService:
        return FargateService(
            self,
            "Service",
            cluster=self._cluster,
            security_group=self.security_group,
            task_definition=self.task_definition,
            name=self.name,
            count=count,
            capacity=capacity,
            minimum_healthy_percent=MINIMUM_HEALTHY_PERCENT,
            maximum_percent=MAXIMUM_PERCENT,
            grace_period_sec=START_PERIOD_SEC,
            platform_version=self._settings.platform_version,
            execute_command=self._settings.execute_command,
            dependencies=dependencies,
        )


def _containers(processes: Sequence[Process], *, image: str, variables: ContainerVariables) -> list[Container]:
    """Return a container for each process, and for an api-server also the one that migrates the database."""
    migrates = API_SERVER in processes
    containers = [
        Container(
            name=process.name,
            image=image,
            command=process.command,
            environment=variables.environment_of(process.name),
            secrets=variables.secrets_of(process.name),
            ports=[port for port in (process.port, process.log_port) if port],
            health_check=health_check(process),
            after_success_of=MIGRATE.name if migrates else None,
            # Tasks report their end to the api-server, which also hands them back.
            stops_before=API_SERVER.name if migrates and process.name == WORKER.name else None,
            # Some processes end when the database is gone for a while; meanwhile the others in the task continue.
            restarts=True,
            # Linux ignores signals that process 1 does not handle: a worker that still starts would not get SIGTERM,
            # and would start tasks that are killed with it. Where code of DAGs runs, the image has its own init
            # process, which hides the container's secrets from it.
            init_process=process.name not in RUN_DAG_CODE,
            stop_timeout_sec=process.stop_timeout_sec,
            cpu=process.min_cpu if len(processes) > 1 else None,
            memory_reservation_mib=process.min_memory_mib if len(processes) > 1 else None,
        )
        for process in processes
    ]
    if migrates:
        containers.append(
            Container(
                name=MIGRATE.name,
                image=image,
                command=MIGRATE.command,
                environment=variables.environment_of(MIGRATE.name),
                secrets=variables.secrets_of(MIGRATE.name),
                essential=False,
            )
        )
    return containers
