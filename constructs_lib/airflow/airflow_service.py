"""One or several of Airflow's processes as a service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs import Construct

from constructs_lib.airflow.environment import environment, secrets
from constructs_lib.airflow.user_variables import UserVariables
from constructs_lib.ecs.container import Container
from constructs_lib.ecs.fargate_service import FargateService
from constructs_lib.ecs.task_definition import TaskDefinition
from constructs_lib.engine.names import pascal_case
from constructs_lib.iam.policy import allow
from constructs_lib.network.security_group import SecurityGroup
from constructs_lib.settings.airflow_config import with_airflow_config
from constructs_lib.settings.processes import (
    API_PORT,
    API_SERVER,
    AUTOSCALER,
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

    *images* are the Airflow image by architecture, *references* the secrets by the names that `airflow_secrets` has for
    them; *permissions* go into the task's role, beside what is granted. Each container gets the user's *variables*, on
    top of them what is *said* of its process, and reaches *direct_hosts* without a proxy. A task with the api-server
    first migrates the database, in a container of its own that must end well. The service starts after *dependencies*.
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
        given: AirflowEnvironment,
        references: Mapping[str, SecretReference],
        variables: UserVariables,
        direct_hosts: Sequence[str],
        said: Mapping[str, ProcessSettings | WorkerPool],
        dependencies: Sequence[IDependable],
        architecture: str | None = None,
    ) -> None:
        super().__init__(scope, id_)

        architecture = architecture or settings.architecture
        image = images[architecture]

        user = {
            each: variables.with_own(self._own_variables(each, own, cluster=cluster, service=name))
            for each, own in said.items()
        }

        def variables_of(container: str) -> UserVariables:
            return user.get(container, variables).with_direct_hosts(direct_hosts)

        def environment_of(container: str) -> Mapping[str, str]:
            config = {} if container == AUTOSCALER.name else settings.airflow_config
            stack = with_airflow_config(environment(container, given), config)
            return {**variables_of(container).environment, **stack}

        def secrets_of(container: str) -> Mapping[str, SecretReference]:
            stack = {variable: references[key] for variable, key in secrets(container).items()}
            return {**variables_of(container).secrets, **stack}

        migrates = API_SERVER in processes
        shared = len(processes) > 1
        containers = [
            Container(
                name=process.name,
                image=image.uri,
                command=process.command,
                environment=environment_of(process.name),
                secrets=secrets_of(process.name),
                ports=[port for port in (process.port, process.log_port) if port],
                health_check=health_check(process),
                after_success_of=MIGRATE.name if migrates else None,
                # Tasks tell the api-server how they end, and are handed back by it.
                stops_before=API_SERVER.name if migrates and process.name == WORKER.name else None,
                # Some processes end when the database goes away for a while: the others in the task go on meanwhile.
                restarts=True,
                # Linux keeps from process 1 each signal that it does not handle, so a worker that still starts would
                # not hear SIGTERM, and begin tasks that are killed with it.
                # Where code of DAGs runs the image has its own, which hides the container's secrets from it.
                init_process=process.name not in RUN_DAG_CODE,
                stop_timeout_sec=process.stop_timeout_sec,
                cpu=process.min_cpu if shared else None,
                memory_reservation_mib=process.min_memory_mib if shared else None,
            )
            for process in processes
        ]
        if migrates:
            containers.append(
                Container(
                    name=MIGRATE.name,
                    image=image.uri,
                    command=MIGRATE.command,
                    environment=environment_of(MIGRATE.name),
                    secrets=secrets_of(MIGRATE.name),
                    essential=False,
                )
            )
        self.name = name
        self.security_group = SecurityGroup(self, "SecurityGroup", network=cluster.network, owner=id_)
        self.security_group.allow_to_anywhere()
        self.task_definition = TaskDefinition(
            self,
            "TaskDefinition",
            cluster=cluster,
            family=f"{settings.name}-{name}",
            containers=containers,
            image=image,
            cpu=size.cpu,
            memory_mib=size.memory_mib,
            architecture=architecture,
            compatibilities=["EC2" if capacity == "EC2" else "FARGATE"],
            log_group_name=f"/{settings.name}/{name}",
            log_retention_days=settings.log_retention_days,
            tags={SERVICE_TAG: name},
        )
        self._log_ports = [process.log_port for process in processes if process.log_port]
        """Where the logs of running tasks and triggers are served."""
        self.role = self.task_definition.role
        for permission in permissions:
            self.role.add(allow(permission.actions, permission.resources))
        self.service = FargateService(
            self,
            "Service",
            cluster=cluster,
            security_group=self.security_group,
            task_definition=self.task_definition,
            name=name,
            count=count,
            capacity=capacity,
            minimum_healthy_percent=MINIMUM_HEALTHY_PERCENT,
            maximum_percent=MAXIMUM_PERCENT,
            grace_period_sec=START_PERIOD_SEC,
            platform_version=settings.platform_version,
            execute_command=settings.execute_command,
            dependencies=dependencies,
        )

    def allow_api_requests_from(self, peer: Connectable) -> None:
        """Let *peer* call the API, which the api-server of this service answers."""
        self.security_group.allow_from(peer, API_PORT)

    def allow_log_requests_from(self, peer: Connectable) -> None:
        """Let *peer* fetch the logs of running tasks and triggers, where this service has any."""
        for port in self._log_ports:
            self.security_group.allow_from(peer, port)

    def _own_variables(
        self, container: str, said: ProcessSettings | WorkerPool, *, cluster: Cluster, service: str
    ) -> UserVariables:
        secrets = UserSecrets(
            self,
            f"{pascal_case(container)}Secrets",
            account=cluster.account,
            owner=f"{service}__{container}",
            secrets=said.secrets,
        )
        return UserVariables(environment=said.environment, secrets=secrets.references)
