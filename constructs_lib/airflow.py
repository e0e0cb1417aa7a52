"""Airflow's processes, in the topology of the stage."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from constructs import Construct

from constructs_lib.airflow_config import with_airflow_config
from constructs_lib.airflow_environment import AirflowEnvironment, environment, secrets
from constructs_lib.airflow_service import AirflowService
from constructs_lib.container_image import ContainerImage
from constructs_lib.private_dns import PrivateDns
from constructs_lib.process_settings import TaskSize
from constructs_lib.processes import API_PORT, API_SERVER, PROCESSES, WORKER, Process

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from constructs_lib.cluster import Cluster
    from constructs_lib.dag_tasks import DagTasks
    from constructs_lib.database import Database
    from constructs_lib.keys import Keys
    from constructs_lib.load_balancer import LoadBalancer
    from constructs_lib.order import Needed
    from constructs_lib.queue import Queue
    from constructs_lib.secret import SecretReference
    from constructs_lib.settings import Settings
    from constructs_lib.task_logs import TaskLogs

DEFAULT_QUEUE = "default"
"""Airflow's name of the queue that a task goes to if its DAG names none ([operators] default_queue)."""


class Airflow(Construct):
    """
    Define the services that run Airflow, each reachable under the name of its processes.

    `compact`: one service for all processes, the workers beside it if the stage has a worker pool; `split`: a service
    for each. Grants and connections are for the caller to make, then `start_after()`.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        cluster: Cluster,
        project: Path,
        database: Database,
        queue: Queue,
        keys: Keys,
        task_logs: TaskLogs,
        dag_tasks: DagTasks,
        load_balancer: LoadBalancer,
    ) -> None:
        super().__init__(scope, id_)

        settings = cluster.settings
        alone = settings.topology == "compact" and not settings.worker_pool
        dns = None if alone else PrivateDns(self, "PrivateDns", network=cluster.network)
        api_server = dns.host(API_SERVER.name) if dns else "localhost"
        workers = settings.process("worker").count
        given = AirflowEnvironment(
            prefix=settings.name,
            region=settings.region,
            base_url=load_balancer.url,
            execution_api_url=f"http://{api_server}:{API_PORT}/execution/",
            tls=settings.listener_protocol == "TLS",
            queue_urls={DEFAULT_QUEUE: queue.url},
            log_bucket=task_logs.bucket_name,
            database_host=database.host,
            database_port=str(database.port),
            database_name=database.name,
            cluster=cluster.name,
            subnet_ids=dag_tasks.subnet_ids,
            security_group_id=dag_tasks.security_group.id,
            task_log_group_prefix=dag_tasks.log_group_prefix,
            admin_password_version=keys.admin_version,
            worker_slots=settings.worker_slots,
            total_worker_slots=settings.worker_slots * workers,
            schedulers=settings.process("scheduler").count,
        )
        references = keys.references | database.references
        self.cluster = cluster
        self.task_logs_bucket = task_logs.bucket_name
        self.task_families = dag_tasks.families

        def environment_of(name: str) -> Mapping[str, str]:
            return with_airflow_config(environment(name, given), settings.airflow_config)

        def secrets_of(name: str) -> Mapping[str, SecretReference]:
            return {variable: references[key] for variable, key in secrets(name).items()}

        define = partial(
            AirflowService,
            self,
            cluster=cluster,
            image=ContainerImage(
                self,
                "Image",
                settings=settings,
                name="airflow",
                project=project,
                # DAGs and the catalogue of tasks lie beside docker/; .dockerignore lets in no more.
                context=".",
                dockerfile="docker/Dockerfile",
                architecture=settings.architecture,
                prebuilt=settings.airflow_image,
            ),
            environment=environment_of,
            secrets=secrets_of,
        )
        self._services: dict[str, AirflowService] = {}
        if settings.topology == "compact":
            together = [process for process in PROCESSES if not (settings.worker_pool and process is WORKER)]
            compact = define(
                "Airflow",
                name="airflow",
                processes=together,
                size=settings.compact_size,
                count=1,
                capacity=settings.compact_capacity,
            )
            self._services = {process.name: compact for process in together}
        for process in PROCESSES:
            if process.name not in self._services:
                self._services[process.name] = self._alone(process, settings, define)

        self.services = list(dict.fromkeys(self._services.values()))
        self.api_server = self._services["api-server"]
        self.scheduler = self._services["scheduler"]
        self.dag_processor = self._services["dag-processor"]
        self.triggerer = self._services["triggerer"]
        self.worker = self._services["worker"]
        self._connect(dns)

    def start_after(self, *needed: Needed) -> None:
        """Let all services start after all of *needed*."""
        for service in self.services:
            service.start_after(*needed)

    def _alone(self, process: Process, settings: Settings, define: partial[AirflowService]) -> AirflowService:
        said = settings.process(process.name)
        return define(
            process.id,
            name=process.name,
            processes=[process],
            size=said.size or TaskSize(cpu=process.cpu, memory_mib=process.memory_mib),
            count=said.count,
            capacity=said.capacity,
        )

    def _connect(self, dns: PrivateDns | None) -> None:
        """Let the workers reach the api-server, and the api-server the logs of tasks that run."""
        if dns:
            dns.register(self.api_server, name=API_SERVER.name)
        for process in PROCESSES:
            service = self._services[process.name]
            if process.log_port:
                service.security_group.allow_from(self.api_server, process.log_port)
        # The triggerer and the dag-processor serve the execution API to themselves, over the database.
        self.api_server.security_group.allow_from(self.worker, API_PORT)
