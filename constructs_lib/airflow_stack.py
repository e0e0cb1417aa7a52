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
        terraform.use_provider(
            self,
            region=settings.region,
            role_arn=settings.assume_role_arn,
            account_ids=settings.allowed_account_ids,
            tags=tags_of(settings),
            ignored_tags=settings.ignore_tags.keys,
            ignored_tag_prefixes=settings.ignore_tags.key_prefixes,
            version=settings.aws_provider_version,
        )
        terraform.keep_state_in_bucket(
            self,
            bucket=settings.state_bucket,
            key=settings.state_key,
            region=settings.state_bucket_region,
            kms_key_arn=settings.state_kms_key_arn,
            role_arn=settings.state_role_arn or settings.assume_role_arn,
        )
        account = Account(
            self,
            "Account",
            region=settings.region,
            role_path=settings.role_path,
            permissions_boundary_arn=settings.permissions_boundary_arn,
        )
        CreatedWith(self, "CreatedWith", values=lasting_values(settings))

        # Where everything lives.
        network = Network(
            self,
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
        cluster = Cluster(
            self,
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

        # What outlives a deployment.
        keys = Keys(
            self,
            "Keys",
            account=account,
            name_prefix=settings.name,
            protected=settings.protected,
            fernet_version=settings.key_versions.fernet,
            jwt_version=settings.key_versions.jwt,
            api_version=settings.key_versions.api,
            admin_version=settings.key_versions.admin,
        )
        database = Database(
            self,
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
        queues = {
            name: Queue(
                self,
                f"Queue{pascal_case(name)}",
                name=f"{settings.name}-{aws_name(name)}",
                administrator_arns=settings.queue_administrator_arns,
            )
            for name in settings.queues
        }
        volume = FileSystem(self, "FileSystem", network=network, name=settings.name, protected=settings.protected)
        task_logs = TaskLogs(
            self,
            "TaskLogs",
            account=account,
            name_prefix=settings.name,
            retention_days=settings.log_retention_days,
            logs_folder=LOGS,
            xcoms_folder=XCOMS,
            protected=settings.protected,
        )

        # What people see.
        load_balancer = LoadBalancer(
            self,
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

        # What runs: the tasks that DAGs start, and Airflow itself.
        dag_tasks = DagTasks(
            self,
            "DagTasks",
            settings=settings,
            cluster=cluster,
            folders=folders,
            file_system=volume,
            project=project,
        )
        airflow = Airflow(
            self,
            "Airflow",
            settings=settings,
            cluster=cluster,
            project=project,
            database=database,
            queues=queues,
            keys=keys,
            task_logs=task_logs,
            dag_tasks=dag_tasks,
            load_balancer=load_balancer,
        )

        load_balancer.forward_to(
            airflow.api_server.service, container=API_SERVER.name, port=API_PORT, health_path=HEALTH_PATH
        )

        # Who may connect to whom.
        for service in airflow.services:
            service.allow_log_requests_from(airflow.api_server)
        for workers in airflow.workers:
            # The triggerer and the dag-processor serve the execution API to themselves, over the database.
            airflow.api_server.allow_api_requests_from(workers)
        airflow.api_server.allow_api_requests_from(load_balancer)
        database.allow_from(*airflow.services)
        volume.allow_from(dag_tasks)

        # Who may do what.
        for definition in (*(each.task_definition for each in airflow.services), *dag_tasks.task_definitions):
            definition.image.grant_pull(definition.execution_role)
        volume.grant_mount(*(each for each in dag_tasks.task_definitions if each.mounts_volume))
        for workers in airflow.workers:
            if workers.scaling:
                cluster.grant_protect(workers, service=workers.service.name)
            workers.queue.grant_send(airflow.scheduler)
            workers.queue.grant_consume(workers)
            dag_tasks.grant_run(workers)
        for workers in airflow.workers:
            if workers.scaling:
                workers.scaling.grant_publish(airflow.autoscaler)
        dag_tasks.grant_watch(airflow.triggerer)
        task_logs.grant_read(airflow.api_server)
        task_logs.grant_write(*airflow.workers, airflow.triggerer)
        task_logs.grant_read_xcoms(airflow.dag_processor)
        keys.grant_read_connections(airflow.api_server, airflow.dag_processor, airflow.triggerer)

        # What runs when.
        Pause(
            self,
            "Pause",
            cluster=cluster,
            services=[each.service for each in airflow.services],
            database=database,
            by_clock=settings.pause_schedule,
        )
        define_outputs(self, airflow=airflow, database=database, keys=keys, load_balancer=load_balancer)
