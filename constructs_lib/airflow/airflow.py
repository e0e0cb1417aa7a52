"""Airflow's processes, in the topology of the stage."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.data_aws_vpc import DataAwsVpc
from constructs import Construct

from constructs_lib.airflow.airflow_service import AirflowService
from constructs_lib.airflow.certificate_authorities import FOLDER as CERTIFICATE_AUTHORITIES
from constructs_lib.airflow.certificate_authorities import check_certificate_authorities
from constructs_lib.airflow.database_connections import api_workers
from constructs_lib.airflow.environment import AirflowEnvironment
from constructs_lib.airflow.image_needs import check_image_needs
from constructs_lib.airflow.python_packages import check_requirements
from constructs_lib.airflow.topology import alone, together, workers
from constructs_lib.airflow.user_variables import UserVariables, names_proxy
from constructs_lib.airflow.workers import Workers
from constructs_lib.ecs.container_image import ContainerImage
from constructs_lib.engine.names import aws_name
from constructs_lib.network.private_dns import PrivateDns
from constructs_lib.push_image.build_context import BuildContext
from constructs_lib.settings.partition import partition_of
from constructs_lib.settings.processes import (
    API_PORT,
    API_SERVER,
    CORE_PROCESSES,
    DAG_PROCESSOR,
    DEFAULT_QUEUE,
    SCHEDULER,
    TRIGGERER,
)
from constructs_lib.storage.user_secrets import UserSecrets

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from constructs_lib.ecs.cluster import Cluster
    from constructs_lib.network.load_balancer import LoadBalancer
    from constructs_lib.settings.settings import Settings
    from constructs_lib.storage.database import Database
    from constructs_lib.storage.keys import Keys
    from constructs_lib.storage.queue import Queue
    from constructs_lib.storage.task_logs import TaskLogs
    from constructs_lib.tasks.dag_tasks import DagTasks


class Airflow(Construct):
    """
    Define the services that run Airflow, each reachable under the name of its processes, the workers by their queue.

    `compact`: one service for all processes; `split`: a service for each. The workers of a pool are a service of their
    own in both. Grants and connections are for the caller to make.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        settings: Settings,
        cluster: Cluster,
        project: Path,
        database: Database,
        queues: Mapping[str, Queue],
        keys: Keys,
        task_logs: TaskLogs,
        dag_tasks: DagTasks,
        load_balancer: LoadBalancer,
    ) -> None:
        super().__init__(scope, id_)

        check_image_needs(settings, project)
        # Where all processes share a task, nobody has to find another one.
        shared = settings.topology == "compact" and not settings.worker_pools
        dns = None if shared else PrivateDns(self, "PrivateDns", network=cluster.network)
        api_server = dns.host(API_SERVER.name) if dns else "localhost"
        given = AirflowEnvironment(
            prefix=settings.name,
            region=settings.region,
            base_url=load_balancer.url,
            execution_api_url=f"http://{api_server}:{API_PORT}/execution/",
            tls=settings.listener_protocol == "TLS",
            queue_urls={name: queue.url for name, queue in queues.items()},
            log_bucket=task_logs.bucket_name,
            database_host=database.host,
            database_port=str(database.port),
            database_name=database.name,
            cluster=cluster.name,
            subnet_ids=dag_tasks.subnet_ids,
            security_group_id=dag_tasks.security_group.id,
            task_log_group_prefix=dag_tasks.log_group_prefix,
            max_task_cpu=dag_tasks.limits.cpu,
            max_task_memory_mib=dag_tasks.limits.memory_mib,
            architecture=settings.architecture,
            ec2_architecture=settings.ec2_architecture,
            admin_password_version=keys.admin_version,
            worker_queue=DEFAULT_QUEUE,
            worker_slots=settings.compact_worker_slots,
            max_slots=settings.max_slots,
            api_workers=api_workers(settings),
            worker_pools=settings.worker_pools,
            schedulers=settings.process(SCHEDULER.name).count,
        )
        secrets = UserSecrets(self, "StageSecrets", account=cluster.account, owner="airflow", secrets=settings.secrets)
        define = partial(
            AirflowService,
            self,
            settings=settings,
            cluster=cluster,
            images={each: self._image(each, settings, cluster, project) for each in settings.architectures},
            references=keys.references | database.references,
            variables=UserVariables(environment=settings.environment, secrets=secrets.references),
            direct_hosts=self._direct_hosts(settings, dns),
            dependencies=[keys.ready, database.ready, dag_tasks.ready, load_balancer.ready],
        )
        self.workers: list[Workers] = []
        if settings.topology == "compact":
            compact = together(settings, given, define)
            services = {process.name: compact for process in CORE_PROCESSES}
            if settings.has_compact_worker:
                self.workers.append(Workers(queues[DEFAULT_QUEUE], compact))
        else:
            services = {process.name: alone(process, settings, cluster, given, define) for process in CORE_PROCESSES}
        self.workers += [
            workers(name, queue=queues[name], settings=settings, cluster=cluster, given=given, define=define)
            for name in sorted(settings.worker_pools)
        ]

        self.cluster = cluster
        self.task_logs_bucket = task_logs.bucket_name
        self.task_families = dag_tasks.families
        self.services = list(dict.fromkeys([*services.values(), *(each.service for each in self.workers)]))
        self.api_server = services[API_SERVER.name]
        self.scheduler = services[SCHEDULER.name]
        self.dag_processor = services[DAG_PROCESSOR.name]
        self.autoscaler = self.scheduler
        self.triggerer = services[TRIGGERER.name]
        if dns:
            dns.register(self.api_server.service, name=API_SERVER.name)

    def _image(self, architecture: str, settings: Settings, cluster: Cluster, project: Path) -> ContainerImage:
        """Define the image for *architecture*; only that of the stage goes without its name."""
        own = architecture == settings.architecture
        return ContainerImage(
            self,
            "Image" if own else f"Image{architecture.capitalize()}",
            name=f"{settings.name}-airflow" if own else f"{settings.name}-airflow-{aws_name(architecture.lower())}",
            context=airflow_context(project),
            architecture=architecture,
            region=settings.region,
            assume_role_arn=settings.assume_role_arn,
            protected=settings.protected,
            prebuilt=settings.airflow_image,
            registry_logins=cluster.registry_logins,
        )

    def _direct_hosts(self, settings: Settings, dns: PrivateDns | None) -> list[str]:
        """Return what the containers reach inside the VPC, so that no proxy stands between."""
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


def airflow_context(project: Path) -> BuildContext:
    """
    Return what Airflow's image is built from: DAGs and the catalogue of tasks lie beside `docker/`.

    Raises:
        BadInputError: requirements.txt asks for what the image cannot install, or the image cannot trust what is in
            docker/certificates/.

    """
    check_requirements(project)
    check_certificate_authorities(project)
    return BuildContext(
        project,
        dockerfile="docker/Dockerfile",
        separate_folders=("dags", CERTIFICATE_AUTHORITIES, "plugins", "tasks"),
    )
