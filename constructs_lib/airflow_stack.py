"""The architecture of a stage."""

from pathlib import Path

from constructs import Construct

from constructs_lib.airflow.airflow import Airflow
from constructs_lib.airflow.closed_network import endpoint_services, perimeter
from constructs_lib.airflow.environment import LOGS, XCOMS
from constructs_lib.airflow.outputs import define_outputs
from constructs_lib.ecs.cluster import Cluster
from constructs_lib.engine import terraform
from constructs_lib.engine.addressed_stack import AddressedStack
from constructs_lib.engine.created_with import CreatedWith
from constructs_lib.engine.names import aws_name, pascal_case
from constructs_lib.iam.account import Account
from constructs_lib.network.load_balancer import LoadBalancer
from constructs_lib.network.network import Network
from constructs_lib.pause.pause import Pause
from constructs_lib.settings.processes import API_PORT, API_SERVER, HEALTH_PATH
from constructs_lib.settings.rules import lasting_values
from constructs_lib.settings.settings import Settings
from constructs_lib.settings.tags import tags_of
from constructs_lib.settings.task_folder import TaskFolder
from constructs_lib.storage.database import Database
from constructs_lib.storage.file_system import FileSystem
from constructs_lib.storage.keys import Keys
from constructs_lib.storage.queue import Queue
from constructs_lib.storage.task_logs import TaskLogs
from constructs_lib.tasks.dag_tasks import DagTasks


class AirflowStack(AddressedStack):
    """
    Define one Airflow environment with *settings*; top to bottom, this is the architecture.

    The Airflow image and the *folders* of `tasks/` are built from *project*, the folder of main.py.
    """

    def __init__(self, scope: Construct, *, settings: Settings, folders: tuple[TaskFolder, ...], project: Path) -> None:
        super().__init__(scope, settings.name)

        _configure(self, settings)
        account = _account(self, settings)
        CreatedWith(self, "CreatedWith", values=lasting_values(settings))

        # Where everything lives.
        self.network = _network(self, settings, account, folders)
        self.cluster = _cluster(self, settings, account, self.network)

        # What outlives a deployment.
        self.keys = _keys(self, settings, account)
        self.database = _database(self, settings, account, self.network)
        self.queues = _queues(self, settings)
        self.volume = FileSystem(
            self, "FileSystem", network=self.network, name=settings.name, protected=settings.protected
        )
        self.task_logs = _task_logs(self, settings, account)

        # What people see.
        self.load_balancer = _load_balancer(self, settings, self.network)

        # What runs: the tasks that DAGs start, and Airflow itself.
        self.dag_tasks = DagTasks(
            self,
            "DagTasks",
            settings=settings,
            cluster=self.cluster,
            folders=folders,
            file_system=self.volume,
            project=project,
        )
        self.airflow = Airflow(
            self,
            "Airflow",
            settings=settings,
            cluster=self.cluster,
            project=project,
            database=self.database,
            queues=self.queues,
            keys=self.keys,
            task_logs=self.task_logs,
            dag_tasks=self.dag_tasks,
            load_balancer=self.load_balancer,
        )
        self._connect()
        self._grant()

        # What stops at night.
        Pause(
            self,
            "Pause",
            cluster=self.cluster,
            services=[each.service for each in self.airflow.services],
            database=self.database,
            pause_schedule=settings.pause_schedule,
        )
        define_outputs(
            self,
            airflow=self.airflow,
            database=self.database,
            keys=self.keys,
            load_balancer=self.load_balancer,
        )

    def _connect(self) -> None:
        """Open the ports between the parts: who may connect to whom."""
        self.load_balancer.forward_to(
            self.airflow.api_server.service, container=API_SERVER.name, port=API_PORT, health_path=HEALTH_PATH
        )
        for service in self.airflow.services:
            service.allow_log_requests_from(self.airflow.api_server)
        for workers in self.airflow.workers:
            # The triggerer and the dag-processor serve the execution API to themselves, over the database.
            self.airflow.api_server.allow_api_requests_from(workers)
        self.airflow.api_server.allow_api_requests_from(self.load_balancer)
        self.database.allow_from(*self.airflow.services)
        self.volume.allow_from(self.dag_tasks)

    def _grant(self) -> None:
        """Grant the actions between the parts: who may do what."""
        for definition in (*(each.task_definition for each in self.airflow.services), *self.dag_tasks.task_definitions):
            definition.image.grant_pull(definition.execution_role)
        self.volume.grant_mount(*(each for each in self.dag_tasks.task_definitions if each.mounts_volume))
        for workers in self.airflow.workers:
            if workers.scaling:
                self.cluster.grant_protect(workers, service=workers.service.name)
            workers.queue.grant_send(self.airflow.scheduler)
            workers.queue.grant_consume(workers)
            self.dag_tasks.grant_run(workers)
        for workers in self.airflow.workers:
            if workers.scaling:
                workers.scaling.grant_publish(self.airflow.autoscaler)
        self.dag_tasks.grant_watch(self.airflow.triggerer)
        self.task_logs.grant_read(self.airflow.api_server)
        self.task_logs.grant_write(*self.airflow.workers, self.airflow.triggerer)
        self.task_logs.grant_read_xcoms(self.airflow.dag_processor)
        self.keys.grant_read_connections(self.airflow.api_server, self.airflow.dag_processor, self.airflow.triggerer)


def _configure(stack: AirflowStack, settings: Settings) -> None:
    """Let Terraform work in the account and the region of *settings*, with its state in their bucket."""
    terraform.use_provider(
        stack,
        region=settings.region,
        role_arn=settings.assume_role_arn,
        account_ids=settings.allowed_account_ids,
        tags=tags_of(settings),
        ignored_tags=settings.ignore_tags.keys,
        ignored_tag_prefixes=settings.ignore_tags.key_prefixes,
        version=settings.aws_provider_version,
    )
    terraform.keep_state_in_bucket(
        stack,
        bucket=settings.state_bucket,
        key=settings.state_key,
        region=settings.state_bucket_region,
        kms_key_arn=settings.state_kms_key_arn,
        role_arn=settings.state_role_arn or settings.assume_role_arn,
    )


def _account(scope: Construct, settings: Settings) -> Account:
    """Look up the account, where the roles are under the path of *settings*."""
    return Account(
        scope,
        "Account",
        region=settings.region,
        role_path=settings.role_path,
        permissions_boundary_arn=settings.permissions_boundary_arn,
    )


def _network(scope: Construct, settings: Settings, account: Account, folders: tuple[TaskFolder, ...]) -> Network:
    """Define the network, or use an existing one."""
    return Network(
        scope,
        "Network",
        account=account,
        name=settings.name,
        existing=settings.existing_network,
        uses_public_subnets=not settings.internal,
        vpc_cidr=settings.vpc_cidr,
        availability_zones=settings.availability_zones,
        nat=settings.nat,
        endpoint_services=endpoint_services(settings, folders),
        perimeter=perimeter(settings, folders),
    )


def _cluster(scope: Construct, settings: Settings, account: Account, network: Network) -> Cluster:
    """Define the cluster."""
    return Cluster(
        scope,
        "Cluster",
        account=account,
        network=network,
        name=settings.name,
        container_insights=settings.container_insights,
        log_retention_days=settings.log_retention_days,
        registry_credentials=settings.registry_credentials,
        ec2_capacity=settings.ec2_capacity,
        instance_tags=tags_of(settings),
    )


def _keys(scope: Construct, settings: Settings, account: Account) -> Keys:
    """Define the secrets of Airflow."""
    return Keys(
        scope,
        "Keys",
        account=account,
        name_prefix=settings.name,
        protected=settings.protected,
        fernet_version=settings.key_versions.fernet,
        jwt_version=settings.key_versions.jwt,
        api_version=settings.key_versions.api,
        admin_version=settings.key_versions.admin,
    )


def _database(scope: Construct, settings: Settings, account: Account, network: Network) -> Database:
    """Define the database, or use an existing one."""
    return Database(
        scope,
        "Database",
        account=account,
        network=network,
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


def _queues(scope: Construct, settings: Settings) -> dict[str, Queue]:
    """Define a queue for each worker pool, by its name."""
    return {
        name: Queue(
            scope,
            f"Queue{pascal_case(name)}",
            name=f"{settings.name}-{aws_name(name)}",
            administrator_arns=settings.queue_administrator_arns,
        )
        for name in settings.queues
    }


def _task_logs(scope: Construct, settings: Settings, account: Account) -> TaskLogs:
    """Define the bucket for logs and XCom values."""
    return TaskLogs(
        scope,
        "TaskLogs",
        account=account,
        name_prefix=settings.name,
        retention_days=settings.log_retention_days,
        protected=settings.protected,
        logs_folder=LOGS,
        xcoms_folder=XCOMS,
    )


def _load_balancer(scope: Construct, settings: Settings, network: Network) -> LoadBalancer:
    """Define the load balancer."""
    return LoadBalancer(
        scope,
        "LoadBalancer",
        network=network,
        name=settings.name,
        allowed_cidrs=settings.allowed_cidrs,
        internal=settings.internal,
        listener_protocol=settings.listener_protocol,
        certificate_arn=settings.certificate_arn,
        domain_name=settings.domain_name,
        hosted_zone_id=settings.hosted_zone_id,
        protected=settings.protected,
    )
