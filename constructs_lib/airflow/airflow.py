"""Airflow's processes as services: one service in the compact topology, one for each process in the split one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.data_aws_vpc import DataAwsVpc
from constructs import Construct

from constructs_lib.airflow.airflow_service import AirflowService
from constructs_lib.airflow.container_variables import UserVariables, names_proxy
from constructs_lib.airflow.database_connections import api_workers
from constructs_lib.airflow.environment import AirflowEnvironment
from constructs_lib.airflow.workers import Workers, pool_workers
from constructs_lib.ecs.container_image import ContainerImage
from constructs_lib.ecs.service_scaling import ServiceScaling
from constructs_lib.engine.names import aws_name
from constructs_lib.network.private_dns import PrivateDns
from constructs_lib.settings.capacity import TaskSize
from constructs_lib.settings.dag_bundles import dag_bundles, git_secrets
from constructs_lib.settings.partition import partition_of
from constructs_lib.settings.processes import (
    API_PORT,
    API_SERVER,
    CORE_PROCESSES,
    DAG_PROCESSOR,
    SCHEDULER,
    TRIGGERER,
    compact_task,
    own_task,
)
from constructs_lib.shared.containers import DEFAULT_QUEUE
from constructs_lib.storage.user_secrets import UserSecrets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs_lib.ecs.cluster import Cluster
    from constructs_lib.network.load_balancer import LoadBalancer
    from constructs_lib.push_image.image_build import ImageBuild
    from constructs_lib.settings.processes import Process
    from constructs_lib.settings.settings import Settings
    from constructs_lib.storage.airflow_secrets import AirflowSecrets
    from constructs_lib.storage.dag_bucket import DagBucket
    from constructs_lib.storage.database import Database
    from constructs_lib.storage.queue import Queue
    from constructs_lib.storage.task_logs import TaskLogs
    from constructs_lib.tasks.dag_tasks import DagTasks


class Airflow(Construct):
    """
    Define the services that run Airflow; attributes name them by their processes, and the workers by their queue.

    `compact`: one service for all processes; `split`: a service for each. In both, the workers of a pool have a service
    of their own. The caller adds grants and connections. *builds* are those of `airflow_builds()`.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        settings: Settings,
        cluster: Cluster,
        builds: Mapping[str, ImageBuild],
        database: Database,
        queues: Mapping[str, Queue],
        secrets: AirflowSecrets,
        task_logs: TaskLogs,
        dag_bucket: DagBucket,
        dag_tasks: DagTasks,
        load_balancer: LoadBalancer,
    ) -> None:
        super().__init__(scope, id_)

        self._settings, self._cluster, self._builds = settings, cluster, builds
        dns = self._private_dns()
        self.git_secrets = self._git_secrets()
        environment = self._environment(
            database=database,
            queues=queues,
            secrets=secrets,
            task_logs=task_logs,
            dag_bucket=dag_bucket,
            dag_tasks=dag_tasks,
            base_url=load_balancer.url,
            api_server_host=dns.host(API_SERVER.name) if dns else "localhost",
        )
        define_service = partial(
            AirflowService,
            self,
            settings=settings,
            cluster=cluster,
            user_variables=self._user_variables(),
            images={each: self._image(each) for each in settings.architectures},
            references=secrets.references | database.references,
            direct_hosts=self._direct_hosts(dns),
            dependencies=[secrets.ready, database.ready, dag_tasks.ready, dag_bucket.ready, load_balancer.ready],
        )
        services = self._core_services(environment, define_service)
        self.workers = self._workers(services, queues, environment, define_service)
        self.services = list(dict.fromkeys([*services.values(), *(each.service for each in self.workers)]))
        self.api_server, self.dag_processor = services[API_SERVER.name], services[DAG_PROCESSOR.name]
        self.scheduler, self.triggerer = services[SCHEDULER.name], services[TRIGGERER.name]
        self.autoscaler = self.scheduler
        if dns:
            dns.register(self.api_server.service, name=API_SERVER.name)

    def _private_dns(self) -> PrivateDns | None:
        """Define the private DNS, unless all processes share a task and need none."""
        if self._settings.topology == "compact" and not self._settings.worker_pools:
            return None
        return PrivateDns(self, "PrivateDns", network=self._cluster.network)

    def _environment(
        self,
        *,
        database: Database,
        queues: Mapping[str, Queue],
        secrets: AirflowSecrets,
        task_logs: TaskLogs,
        dag_bucket: DagBucket,
        dag_tasks: DagTasks,
        base_url: str,
        api_server_host: str,
    ) -> AirflowEnvironment:
        """Return the values for the environment of each container."""
        settings = self._settings
        return AirflowEnvironment(
            prefix=settings.name,
            region=settings.region,
            base_url=base_url,
            execution_api_url=f"http://{api_server_host}:{API_PORT}/execution/",
            tls=settings.listener_protocol == "TLS",
            queue_urls={name: queue.url for name, queue in queues.items()},
            log_bucket=task_logs.bucket_name,
            database_host=database.host,
            database_port=str(database.port),
            database_name=database.name,
            cluster=self._cluster.name,
            subnet_ids=dag_tasks.subnet_ids,
            security_group_id=dag_tasks.security_group.id,
            task_log_group_prefix=dag_tasks.log_group_prefix,
            max_task_cpu=dag_tasks.limits.cpu,
            max_task_memory_mib=dag_tasks.limits.memory_mib,
            architecture=settings.architecture,
            ec2_architecture=settings.ec2_architecture,
            admin_password_version=secrets.admin_version,
            worker_queue=DEFAULT_QUEUE,
            worker_slots=settings.compact_worker_slots,
            max_slots=settings.max_slots,
            api_workers=api_workers(settings),
            worker_pools=settings.worker_pools,
            schedulers=settings.process(SCHEDULER.name).count,
            dag_bundles=dag_bundles(settings.dags),
            dag_buckets=dag_bucket.names,
            task_tables=dag_bucket.tables,
            git_secrets={name: secret.value_from for name, secret in self.git_secrets.references.items()},
        )

    def _git_secrets(self) -> UserSecrets:
        """Look up the secrets of Git repositories, by their DAG bundle."""
        secrets = git_secrets(self._settings.dags)
        return UserSecrets(self, "GitSecrets", account=self._cluster.account, owner="dag-bundles", secrets=secrets)

    def _user_variables(self) -> UserVariables:
        """Return the variables that the user sets for all containers."""
        secrets = UserSecrets(
            self, "StageSecrets", account=self._cluster.account, owner="airflow", secrets=self._settings.secrets
        )
        return UserVariables(environment=self._settings.environment, secrets=secrets.references)

    def _image(self, architecture: str) -> ContainerImage:
        """Define the image for *architecture*; only the name of the stage's own image leaves it out."""
        settings = self._settings
        own = architecture == settings.architecture
        return ContainerImage(
            self,
            "Image" if own else f"Image{architecture.capitalize()}",
            name=f"{settings.name}-airflow" if own else f"{settings.name}-airflow-{aws_name(architecture.lower())}",
            image=settings.airflow_image or self._builds[architecture],
            region=settings.region,
            assume_role_arn=settings.assume_role_arn,
            protected=settings.protected,
            registry=settings.image_registry,
            registry_logins=self._cluster.registry_logins,
            shows_parts=True,
        )

    def _direct_hosts(self, dns: PrivateDns | None) -> list[str]:
        """Return the hosts inside the VPC that containers must reach without a proxy."""
        settings = self._settings
        if not any(names_proxy([*each.environment, *each.secrets]) for each in settings.parts_with_variables):
            return []
        # Logs of running tasks are fetched by address.
        existing = settings.existing_network
        hosts = [DataAwsVpc(self, "Vpc", id=existing.vpc_id).cidr_block if existing else settings.vpc_cidr]
        if dns:
            hosts.append(f".{dns.domain}")
        if settings.nat == "none":
            # By VPC endpoints.
            hosts.append(f".{settings.region}.{partition_of(settings.region).dns_suffix}")
        return hosts

    def _core_services(
        self, environment: AirflowEnvironment, define_service: partial[AirflowService]
    ) -> dict[str, AirflowService]:
        """Define the services of all processes but the pools' workers, by process."""
        if self._settings.topology == "compact":
            compact = self._compact_service(environment, define_service)
            return {process.name: compact for process in CORE_PROCESSES}
        return {process.name: self._process_service(process, environment, define_service) for process in CORE_PROCESSES}

    def _compact_service(
        self, environment: AirflowEnvironment, define_service: partial[AirflowService]
    ) -> AirflowService:
        settings = self._settings
        processes = compact_task(settings)
        return define_service(
            "Airflow",
            name="airflow",
            processes=processes,
            size=settings.compact_size,
            count=1,
            capacity=settings.compact_capacity,
            permissions=[each for process in processes for each in settings.process(process.name).permissions],
            process_settings=settings.processes,
            environment=environment,
        )

    def _process_service(
        self, process: Process, environment: AirflowEnvironment, define_service: partial[AirflowService]
    ) -> AirflowService:
        """Define the service of *process* in the split topology; with a `max_count` its number follows its CPU."""
        own = self._settings.process(process.name)
        service = define_service(
            process.id,
            name=process.name,
            processes=own_task(process),
            size=own.size or TaskSize(cpu=process.cpu, memory_mib=process.memory_mib),
            count=own.count,
            capacity=own.capacity,
            permissions=own.permissions,
            process_settings={process.name: own},
            environment=environment,
        )
        if own.max_count:
            scaling = ServiceScaling(
                service,
                "Scaling",
                cluster=self._cluster,
                service=service.service,
                min_count=own.count,
                max_count=own.max_count,
            )
            scaling.follow_cpu()
        return service

    def _workers(
        self,
        services: Mapping[str, AirflowService],
        queues: Mapping[str, Queue],
        environment: AirflowEnvironment,
        define_service: partial[AirflowService],
    ) -> list[Workers]:
        """Define the service of each worker pool; the compact task can also have a worker."""
        settings = self._settings
        inside = [Workers(queues[DEFAULT_QUEUE], services[API_SERVER.name])] if settings.has_compact_worker else []
        return inside + [
            pool_workers(
                name,
                queue=queues[name],
                settings=settings,
                cluster=self._cluster,
                environment=environment,
                define_service=define_service,
            )
            for name in sorted(settings.worker_pools)
        ]
