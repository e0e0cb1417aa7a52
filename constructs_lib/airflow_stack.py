"""The architecture of a stage."""

from pathlib import Path

from constructs import Construct

from constructs_lib.airflow.airflow import Airflow
from constructs_lib.airflow.outputs import define_outputs
from constructs_lib.ecs.cluster import Cluster
from constructs_lib.engine import terraform
from constructs_lib.engine.addressed_stack import AddressedStack
from constructs_lib.engine.created_with import CreatedWith, lasting_values
from constructs_lib.iam.account import Account
from constructs_lib.network.load_balancer import LoadBalancer
from constructs_lib.network.network import Network
from constructs_lib.pause.pause import Pause
from constructs_lib.settings.settings import Settings
from constructs_lib.settings.task_folder import TaskFolder
from constructs_lib.storage.database import Database
from constructs_lib.storage.file_system import FileSystem
from constructs_lib.storage.keys import Keys
from constructs_lib.storage.queue import Queue, queue_id
from constructs_lib.storage.task_logs import TaskLogs
from constructs_lib.tasks.dag_tasks import DagTasks


class AirflowStack(AddressedStack):
    """
    Define one Airflow environment with *settings*; top to bottom, this is the architecture.

    The Airflow image and the *folders* of `tasks/` are built from *project*, the folder of main.py.
    """

    def __init__(self, scope: Construct, *, settings: Settings, folders: tuple[TaskFolder, ...], project: Path) -> None:
        super().__init__(scope, settings.name)
        terraform.configure(self, settings)
        terraform.keep_state_in_bucket(self, settings)
        account = Account(self, "Account", region=settings.region)
        CreatedWith(self, "CreatedWith", values=lasting_values(settings))

        # Where everything lives.
        network = Network(self, "Network", settings=settings, account=account, folders=folders)
        cluster = Cluster(self, "Cluster", settings=settings, account=account, network=network)

        # What outlives a deployment.
        keys = Keys(self, "Keys", settings=settings, account=account)
        database = Database(self, "Database", settings=settings, account=account, network=network)
        queues = {name: Queue(self, queue_id(name), settings=settings, name=name) for name in settings.queues}
        volume = FileSystem(self, "FileSystem", settings=settings, network=network)
        task_logs = TaskLogs(self, "TaskLogs", settings=settings, account=account)

        # What people see.
        load_balancer = LoadBalancer(self, "LoadBalancer", settings=settings, network=network)

        # What runs: the tasks that DAGs start, and Airflow itself.
        dag_tasks = DagTasks(self, "DagTasks", cluster=cluster, folders=folders, file_system=volume, project=project)
        airflow = Airflow(
            self,
            "Airflow",
            cluster=cluster,
            project=project,
            database=database,
            queues=queues,
            keys=keys,
            task_logs=task_logs,
            dag_tasks=dag_tasks,
            load_balancer=load_balancer,
        )

        # Who may talk to whom.
        database.allow_from(*airflow.services)
        volume.allow_from(dag_tasks)
        for name, worker in airflow.workers.items():
            queues[name].grant_send(airflow.scheduler)
            queues[name].grant_consume(worker)
            dag_tasks.grant_run(worker)
        for scaling in airflow.worker_scalings:
            scaling.grant_publish(airflow.autoscaler)
        dag_tasks.grant_watch(airflow.triggerer)
        task_logs.grant_read(airflow.api_server)
        task_logs.grant_write(*airflow.workers.values(), airflow.triggerer)
        task_logs.grant_read_xcoms(airflow.dag_processor)
        keys.grant_read_connections(airflow.api_server, airflow.dag_processor, airflow.triggerer)
        load_balancer.forward_to(airflow.api_server)
        airflow.start_after(network, cluster, keys, database, volume, dag_tasks, load_balancer)
        Pause(self, "Pause", airflow=airflow, database=database)
        define_outputs(self, airflow=airflow, database=database, keys=keys, load_balancer=load_balancer)
