"""
The architecture of a stage, in a page.

`AirflowStack.__init__` defines the parts, `_connect` opens all ports between them, and `_grant` grants all actions.
Below are the arguments of each part, taken from the settings.
"""

from pathlib import Path

from constructs import Construct

from constructs_lib.airflow.airflow import Airflow
from constructs_lib.airflow.closed_network import endpoint_services, perimeter
from constructs_lib.airflow.environment import LOGS, RETENTION_SEC, VISIBILITY_TIMEOUT_SEC, XCOMS
from constructs_lib.ecs.cluster import Cluster
from constructs_lib.engine.addressed_stack import AddressedStack
from constructs_lib.engine.created_with import CreatedWith
from constructs_lib.engine.names import aws_name, pascal_case
from constructs_lib.iam.account import Account
from constructs_lib.image_builds import read_builds
from constructs_lib.network.load_balancer import LoadBalancer
from constructs_lib.network.network import Network
from constructs_lib.outputs import define_outputs
from constructs_lib.pause.pause import Pause
from constructs_lib.settings.processes import API_PORT, API_SERVER, HEALTH_PATH
from constructs_lib.settings.rules import lasting_values
from constructs_lib.settings.settings import Settings
from constructs_lib.settings.tags import tags_of
from constructs_lib.settings.task_folder import TaskFolder
from constructs_lib.stage_terraform import configure_terraform
from constructs_lib.storage.airflow_secrets import AirflowSecrets
from constructs_lib.storage.dag_bucket import DagBucket
from constructs_lib.storage.database import Database
from constructs_lib.storage.file_system import FileSystem
from constructs_lib.storage.queue import Queue
from constructs_lib.storage.task_logs import TaskLogs
from constructs_lib.tasks.dag_tasks import DagTasks


class AirflowStack(AddressedStack):
    """
    Define one Airflow environment.

    *folders* are the folders of `tasks/`. *project* is the folder of main.py, from which images are built.
    """

    def __init__(
        self, scope: Construct, id_: str, *, settings: Settings, folders: tuple[TaskFolder, ...], project: Path
    ) -> None:
        super().__init__(scope, id_)

        # All that can be refused is refused first, which saves the time to define the constructs.
        self._builds = read_builds(settings, folders, project)
        self._settings, self._folders = settings, folders
        configure_terraform(self, settings, state_key=settings.state_key)
        self.account = Account(
            self,
            "Account",
            region=settings.region,
            role_path=settings.role_path,
            permissions_boundary_arn=settings.permissions_boundary_arn,
        )
        CreatedWith(self, "CreatedWith", values=lasting_values(settings))

        # Where everything runs.
        self.network = self._network()
        self.cluster = self._cluster()

        # What keeps data.
        self.secrets = self._secrets()
        self.database = self._database()
        self.queues = self._queues()
        self.file_system = self._file_system()
        self.task_logs = self._task_logs()

        # Where people reach Airflow.
        self.load_balancer = self._load_balancer()

        # What runs: the tasks that DAGs start, and Airflow itself.
        self.dag_tasks = self._dag_tasks()
        self.dag_bucket = self._dag_bucket()
        self.airflow = self._airflow()

        # Who may connect to whom, and who may do what.
        self._connect()
        self._grant()

        # What stops at night.
        self.pause = self._pause()

        # What a deployment prints.
        define_outputs(self)

    def _connect(self) -> None:
        """Open the ports between the parts: who may connect to whom."""
        airflow = self.airflow
        self.load_balancer.forward_to(
            airflow.api_server.service, container=API_SERVER.name, port=API_PORT, health_path=HEALTH_PATH
        )
        for service in airflow.services:
            service.allow_log_requests_from(airflow.api_server)
        for workers in airflow.workers:
            # The triggerer and the dag-processor have an execution API of their own, over the database.
            airflow.api_server.allow_api_requests_from(workers)
        airflow.api_server.allow_api_requests_from(self.load_balancer)
        self.database.allow_from(*airflow.services)
        self.file_system.allow_from(self.dag_tasks)

    def _grant(self) -> None:
        """Grant the actions between the parts: who may do what."""
        airflow, tasks = self.airflow, self.dag_tasks
        for definition in (*(each.task_definition for each in airflow.services), *tasks.task_definitions):
            definition.image.grant_pull(definition.execution_role)
        self.file_system.grant_mount(*(each for each in tasks.task_definitions if each.mounts_volume))
        for workers in airflow.workers:
            if workers.scaling:
                self.cluster.grant_protect(workers, service=workers.service.name)
            workers.queue.grant_send(airflow.scheduler)
            workers.queue.grant_consume(workers)
            tasks.grant_run(workers)
        for workers in airflow.workers:
            if workers.scaling:
                workers.scaling.grant_publish(airflow.autoscaler)
        tasks.grant_watch(airflow.triggerer)
        self.task_logs.grant_read(airflow.api_server)
        self.task_logs.grant_write(*airflow.workers, airflow.triggerer)
        self.task_logs.grant_read_xcoms(airflow.dag_processor)
        self.dag_bucket.grant_read(airflow.dag_processor, *airflow.workers)
        self.dag_bucket.grant_read_table(airflow.dag_processor)
        airflow.git_secrets.grant_read(airflow.dag_processor, *airflow.workers)
        self.dag_bucket.grant_delete_versions(airflow.autoscaler)
        self.secrets.grant_read_connections(airflow.api_server, airflow.dag_processor, airflow.triggerer)

    def _network(self) -> Network:
        """Define the network, or use an existing one."""
        settings = self._settings
        return Network(
            self,
            "Network",
            account=self.account,
            name=settings.name,
            existing=settings.existing_network,
            uses_public_subnets=not settings.internal,
            vpc_cidr=settings.vpc_cidr,
            availability_zones=settings.availability_zones,
            nat=settings.nat,
            endpoint_services=endpoint_services(settings, self._folders),
            perimeter=perimeter(settings, self._folders),
        )

    def _cluster(self) -> Cluster:
        settings = self._settings
        return Cluster(
            self,
            "Cluster",
            account=self.account,
            network=self.network,
            name=settings.name,
            container_insights=settings.container_insights,
            log_retention_days=settings.log_retention_days,
            registry_credentials=settings.registry_credentials,
            ec2_capacity=settings.ec2_capacity,
            instance_tags=tags_of(settings),
        )

    def _secrets(self) -> AirflowSecrets:
        settings = self._settings
        return AirflowSecrets(
            self,
            "Keys",
            account=self.account,
            name_prefix=settings.name,
            protected=settings.protected,
            fernet_version=settings.key_versions.fernet,
            jwt_version=settings.key_versions.jwt,
            api_version=settings.key_versions.api,
            admin_version=settings.key_versions.admin,
        )

    def _database(self) -> Database:
        """Define the database, or use an existing one."""
        settings = self._settings
        return Database(
            self,
            "Database",
            account=self.account,
            network=self.network,
            name=settings.name,
            existing=settings.existing_database,
            engine_version=settings.database_version,
            instance_class=settings.database_instance_class,
            multi_az=settings.database_multi_az,
            storage_gib=settings.database_storage_gib,
            max_storage_gib=settings.database_max_storage_gib,
            backup_retention_days=settings.database_backup_retention_days,
            log_retention_days=settings.log_retention_days,
            password_version=settings.key_versions.database,
            worker_password_version=settings.key_versions.database_worker,
            protected=settings.protected,
        )

    def _queues(self) -> dict[str, Queue]:
        """Define a queue for each worker pool, by Airflow's name of the queue."""
        settings = self._settings
        return {
            name: Queue(
                self,
                f"Queue{pascal_case(name)}",
                name=f"{settings.name}-{aws_name(name)}",
                visibility_timeout_sec=VISIBILITY_TIMEOUT_SEC,
                retention_sec=RETENTION_SEC,
                administrator_arns=settings.queue_administrator_arns,
            )
            for name in settings.queues
        }

    def _file_system(self) -> FileSystem:
        settings = self._settings
        return FileSystem(self, "FileSystem", network=self.network, name=settings.name, protected=settings.protected)

    def _task_logs(self) -> TaskLogs:
        settings = self._settings
        return TaskLogs(
            self,
            "TaskLogs",
            account=self.account,
            name_prefix=settings.name,
            retention_days=settings.log_retention_days,
            protected=settings.protected,
            logs_folder=LOGS,
            xcoms_folder=XCOMS,
        )

    def _load_balancer(self) -> LoadBalancer:
        settings = self._settings
        return LoadBalancer(
            self,
            "LoadBalancer",
            network=self.network,
            name=settings.name,
            allowed_cidrs=settings.allowed_cidrs,
            internal=settings.internal,
            listener_protocol=settings.listener_protocol,
            certificate_arn=settings.certificate_arn,
            domain_name=settings.domain_name,
            hosted_zone_id=settings.hosted_zone_id,
            protected=settings.protected,
        )

    def _dag_tasks(self) -> DagTasks:
        return DagTasks(
            self,
            "DagTasks",
            settings=self._settings,
            cluster=self.cluster,
            folders=self._folders,
            builds=self._builds.tasks,
            file_system=self.file_system,
        )

    def _dag_bucket(self) -> DagBucket:
        """Define the bucket of DAG bundles, or use existing ones; with DAGs in the image it has no resources."""
        settings = self._settings
        return DagBucket(
            self,
            "Dags",
            account=self.account,
            name_prefix=settings.name,
            dags=settings.dags,
            tasks=self.dag_tasks.deployed,
            after=self.dag_tasks.ready,
            protected=settings.protected,
        )

    def _airflow(self) -> Airflow:
        return Airflow(
            self,
            "Airflow",
            settings=self._settings,
            cluster=self.cluster,
            builds=self._builds.airflow,
            database=self.database,
            queues=self.queues,
            secrets=self.secrets,
            task_logs=self.task_logs,
            dag_bucket=self.dag_bucket,
            dag_tasks=self.dag_tasks,
            load_balancer=self.load_balancer,
        )

    def _pause(self) -> Pause:
        return Pause(
            self,
            "Pause",
            cluster=self.cluster,
            services=[each.service for each in self.airflow.services],
            database=self.database,
            pause_schedule=self._settings.pause_schedule,
        )
