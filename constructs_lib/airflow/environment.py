"""The environment of every Airflow process: one pure function of what the stage is made of."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from constructs_lib.airflow.celery_environment import scheduler_variables, worker_variables
from constructs_lib.airflow.database_environment import address_variables, database_variables, pool_variables
from constructs_lib.airflow.on_demand_environment import on_demand_variables
from constructs_lib.airflow.secrets import SECRETS, TOKEN_USERS
from constructs_lib.settings.processes import (
    AIRFLOW_HOME,
    API_SERVER,
    AUTOSCALER,
    DAG_PROCESSOR,
    DEFAULT_QUEUE,
    MIGRATE,
    SCHEDULER,
    TRIGGERER,
    WORKER,
)
from constructs_lib.settings.worker_pool import WorkerPool, service_name
from constructs_lib.storage.queue_times import QUEUED_PER_SLOT

CONNECTION_READERS = (API_SERVER.name, DAG_PROCESSOR.name, TRIGGERER.name)
"""
The processes that look up connections and variables in Secrets Manager. A worker asks the api-server, which looks
there: given the backend too, it would ask Secrets Manager first and the api-server again after a miss.
"""
API_WORKER_REFRESH_SEC = 6 * 60 * 60
TASK_STARTERS = (WORKER.name, TRIGGERER.name, DAG_PROCESSOR.name)
"""The processes that meet a `FargateTaskOperator`: they run it, wait for it, or parse the DAG that has it."""

XCOM_USERS = (WORKER.name, TRIGGERER.name, DAG_PROCESSOR.name)
"""The processes that run code of DAGs: tasks, triggers and callbacks. The api-server shows what the database has."""
LOGS = "airflow"
XCOMS = "xcom"
"""The folders of the stage's bucket."""
XCOM_THRESHOLD_BYTES = 128 * 1024
"""
From this size on a value is an object in S3, for which a task needs 0.2 s more. The api-server has a value in memory
several times, and those of a mapped task, which are at most 1,024 ([core] max_map_length), all together.
"""


PLUMBING = (
    "airflow.dag_processing.bundles.manager",
    "airflow.dag_processing.dagbag",
    "airflow.providers.amazon.aws.hooks.base_aws",
)
"""Loggers of Airflow that say in each log where its DAG and its credentials come from; `preload` has those of boto3."""


@dataclass(frozen=True, kw_only=True)
class AirflowEnvironment:
    """
    What the environment variables are made of.

    Text may be a Terraform token: it is put into other text and never taken apart. `prefix`, `airflow-<stage>`, begins
    the names of the stage's secrets and task families. `queue_urls` go by Airflow's name of the queue, not SQS's.
    `worker_queue` and `worker_slots` are what one worker serves, `max_slots` the slots of all workers of each queue at
    most.
    `ec2_architecture` is that of the stage's EC2 instances, None without any.
    `protects_task`: a busy worker keeps ECS from stopping its task, in which it must be alone.
    """

    prefix: str
    region: str
    base_url: str
    execution_api_url: str
    tls: bool
    queue_urls: Mapping[str, str]
    log_bucket: str
    database_host: str
    database_port: str
    database_name: str
    database_ssl_mode: str = "require"
    cluster: str
    subnet_ids: Sequence[str]
    security_group_id: str
    task_log_group_prefix: str
    max_task_cpu: int
    max_task_memory_mib: int
    architecture: str
    ec2_architecture: str | None
    admin_password_version: str
    worker_queue: str
    worker_slots: int
    max_slots: Mapping[str, int]
    api_workers: int = 1
    protects_task: bool = False
    worker_pools: Mapping[str, WorkerPool] = field(default_factory=dict)
    schedulers: int = 1
    dags_folder: str = f"{AIRFLOW_HOME}/dags"
    tasks_folder: str = f"{AIRFLOW_HOME}/tasks"

    @property
    def pool_slots(self) -> dict[str, int]:
        """How many task instances of each queue are queued or run at a time, for all slots of its workers."""
        return {queue: QUEUED_PER_SLOT * slots for queue, slots in sorted(self.max_slots.items())}

    @property
    def most_queued(self) -> int:
        """How many task instances are queued or run at a time, of all queues."""
        return sum(self.pool_slots.values())


def environment(name: str, given: AirflowEnvironment) -> dict[str, str]:
    """Return the variables of the container *name*, sorted; what is secret comes from `secrets`."""
    if name == AUTOSCALER.name:
        return dict(sorted(_autoscaler(given).items()))
    # A worker stores Celery's results; Airflow's own part of the database is not for it.
    database = address_variables if name == WORKER.name else database_variables
    variables = _core(given) | database(given) | pool_variables(name) | _logging(given)
    for names, part in (
        ((MIGRATE.name,), _migrate),
        ((API_SERVER.name,), _api_server),
        (TOKEN_USERS, _tokens),
        ((WORKER.name,), worker_variables),
        ((SCHEDULER.name,), scheduler_variables),
        ((DAG_PROCESSOR.name,), _dag_processor),
        (CONNECTION_READERS, _secrets_backend),
        (TASK_STARTERS, on_demand_variables),
        (XCOM_USERS, _xcom),
    ):
        if name in names:
            variables |= part(given)
    return dict(sorted(variables.items()))


def secrets(name: str) -> dict[str, str]:
    """Return the variables of the container *name* that hold a secret, each with the name of what it refers to."""
    return {variable: secret for variable, secret, names in SECRETS if name in names}


def _core(given: AirflowEnvironment) -> dict[str, str]:
    # Each scheduler counts its own tasks, so they share the number, rounded up.
    parallelism = -(-given.most_queued // given.schedulers)
    return {
        "AWS_DEFAULT_REGION": given.region,
        "AIRFLOW__CORE__AUTH_MANAGER": "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager",
        "AIRFLOW__CORE__DAGS_FOLDER": given.dags_folder,
        # The migration sets the pool to it later, too.
        "AIRFLOW__CORE__DEFAULT_POOL_TASK_SLOT_COUNT": str(given.pool_slots[DEFAULT_QUEUE]),
        "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
        # A container's host name has no record in the VPC; live logs are fetched by this address.
        "AIRFLOW__CORE__HOSTNAME_CALLABLE": "airflow.utils.net.get_host_ip_address",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        # One DAG alone may fill the workers; Airflow's default, 16, would leave the rest idle.
        "AIRFLOW__CORE__MAX_ACTIVE_TASKS_PER_DAG": str(given.most_queued),
        "AIRFLOW__CORE__PARALLELISM": str(parallelism),
        # Links in task logs and mails.
        "AIRFLOW__API__BASE_URL": given.base_url,
    }


def _autoscaler(given: AirflowEnvironment) -> dict[str, str]:
    # No part of Airflow, it needs nothing of Airflow's but the database.
    pools = {
        queue: {"service": service_name(queue), "slots": pool.slots, "least": pool.min, "most": pool.max}
        for queue, pool in sorted(given.worker_pools.items())
    }
    return address_variables(given) | {
        "AIRFLOW_FARGATE_CLUSTER": given.cluster,
        "AIRFLOW_FARGATE_WORKER_POOLS": json.dumps(pools),
        "AWS_DEFAULT_REGION": given.region,
    }


def _logging(given: AirflowEnvironment) -> dict[str, str]:
    return {
        "AIRFLOW__LOGGING__COLORED_CONSOLE_LOG": "False",
        # Otherwise files, which fill the container's disk and nobody reads.
        "AIRFLOW__LOGGING__DAG_PROCESSOR_LOG_TARGET": "stdout",
        "AIRFLOW__LOGGING__DELETE_LOCAL_LOGS": "True",
        "AIRFLOW__LOGGING__NAMESPACE_LEVELS": " ".join(f"{name}=WARNING" for name in PLUMBING),
        # S3, because the log API does not return what a triggerer wrote to CloudWatch. No REMOTE_LOG_CONN_ID: the
        # container's role is used, and no connection is looked up for each task.
        "AIRFLOW__LOGGING__REMOTE_BASE_LOG_FOLDER": f"s3://{given.log_bucket}/{LOGS}",
        "AIRFLOW__LOGGING__REMOTE_LOGGING": "True",
    }


def _migrate(given: AirflowEnvironment) -> dict[str, str]:
    pools = {queue: slots for queue, slots in given.pool_slots.items() if queue != DEFAULT_QUEUE}
    return {
        "AIRFLOW_ADMIN_PASSWORD_VERSION": given.admin_password_version,
        # Pools of Airflow, one for each queue but `default`, whose pool is Airflow's own.
        "AIRFLOW_FARGATE_POOL_SLOTS": json.dumps(pools),
    }


def _api_server(given: AirflowEnvironment) -> dict[str, str]:
    return {
        # Its main process loads Airflow and forks the workers, which share that memory.
        "AIRFLOW__API__SERVER_TYPE": "gunicorn",
        "AIRFLOW__API__WORKERS": str(given.api_workers),
        # A worker's memory grows by the hour (apache/airflow#61804); a new one takes over before the old one ends.
        "AIRFLOW__API__WORKER_REFRESH_INTERVAL": str(API_WORKER_REFRESH_SEC),
        "AIRFLOW__FAB__COOKIE_SECURE": str(given.tls),
        # A worker that still sends a stream ends before ECS kills it; nobody controls gunicorn by a socket.
        "GUNICORN_CMD_ARGS": f"--graceful-timeout {API_SERVER.stop_timeout_sec - 10} --no-control-socket",
    }


def _tokens(given: AirflowEnvironment) -> dict[str, str]:
    # Tokens name the stage, so that another stage's are refused.
    return {"AIRFLOW__API_AUTH__JWT_ISSUER": given.prefix}


def _dag_processor(given: AirflowEnvironment) -> dict[str, str]:
    # `airflow_fargate.policy` refuses a DAG with another one, and puts tasks into their queue's pool.
    return {"AIRFLOW_FARGATE_QUEUES": ",".join(sorted(given.queue_urls))}


def _xcom(given: AirflowEnvironment) -> dict[str, str]:
    return {
        "AIRFLOW__CORE__XCOM_BACKEND": "airflow_fargate.xcom.XCom",
        # No connection in the URL: the container's role is used.
        "AIRFLOW__COMMON_IO__XCOM_OBJECTSTORAGE_PATH": f"s3://{given.log_bucket}/{XCOMS}",
        "AIRFLOW__COMMON_IO__XCOM_OBJECTSTORAGE_THRESHOLD": str(XCOM_THRESHOLD_BYTES),
    }


def _secrets_backend(given: AirflowEnvironment) -> dict[str, str]:
    kwargs = {
        "connections_prefix": f"{given.prefix}/connections",
        # The container's role is what `aws_default` stands for: no lookup for each AWS call of a DAG.
        "connections_lookup_pattern": "(?!aws_default$)",
        "variables_prefix": f"{given.prefix}/variables",
        "config_prefix": None,
    }
    return {
        "AIRFLOW__SECRETS__BACKEND": "airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend",
        "AIRFLOW__SECRETS__BACKEND_KWARGS": json.dumps(kwargs),
    }
