"""
The environment of every container of the Airflow image: what the stack sets, and which secrets it refers to.

All values of `AIRFLOW__*` are in this file. What a user adds is combined with it in `container_variables.py`.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from constructs_lib.airflow.database_connections import connection_pool
from constructs_lib.settings.dag_bundles import DagBundle, DagsInS3
from constructs_lib.settings.processes import (
    AIRFLOW_HOME,
    API_SERVER,
    AUTOSCALER,
    DAG_PROCESSOR,
    MIGRATE,
    PROCESSES,
    SCHEDULER,
    TRIGGERER,
    WORKER,
)
from constructs_lib.settings.worker_pool import WorkerPool, service_name
from constructs_lib.shared.containers import DEFAULT_QUEUE

VISIBILITY_TIMEOUT_SEC = 600
"""
How long SQS hides a message that a worker has received. It is longer than a task instance needs to start: a message
that returns while its task runs is ignored. After the loss of a worker its messages stay hidden this long.
"""
RETENTION_SEC = 4 * 24 * 3600
"""How long SQS keeps a message that no worker receives."""
WORKER_START_SEC = 300
"""
From a message in an empty queue to the worker that receives it. Half of the workers need less than two minutes, but
Fargate may be out of Spot for a while, and a new image takes longer to pull.
"""
TASK_QUEUED_TIMEOUT_SEC = VISIBILITY_TIMEOUT_SEC + WORKER.stop_timeout_sec + WORKER_START_SEC
"""
How long a message may take to a slot without a fault: a worker receives it, gets SIGTERM, is killed when its time is
over, SQS shows the message again, and another worker starts. With Airflow's default, 600 s, the message would return
when its token, which is valid for as long, expires, and Airflow would queue the task instance a second time.
"""
QUEUED_PER_SLOT = 3
"""
One task instance that runs and two that wait. With none waiting, a slot is idle after each task until the scheduler's
next look, and short tasks end faster than it looks. Not more, because a queue knows no priorities, and a task instance
that waits longer than the timeout is queued again.
"""
MAX_QUEUED_AT_ONCE = 512  # by one look of a scheduler; Airflow 2 had this number

CONNECTION_READERS = (API_SERVER.name, DAG_PROCESSOR.name, TRIGGERER.name)
"""
The processes that look up connections and variables in Secrets Manager. A worker asks the api-server, which looks
there. With the backend a worker would ask Secrets Manager first, and the api-server after a miss.
"""
API_WORKER_REFRESH_SEC = 6 * 60 * 60
DAG_CODE_RUNNERS = (WORKER.name, TRIGGERER.name, DAG_PROCESSOR.name)
"""
The processes that run code of DAGs: tasks, triggers and callbacks. They read and write XCom values, and run, watch or
parse a `FargateTaskOperator`.
"""
BUNDLE_READERS = (DAG_PROCESSOR.name, WORKER.name)
"""
The processes that read files of a DAG bundle (Airflow 3.3.2). The api-server shows the code in the database, the
triggerer's triggers are in the database too, and the scheduler only removes old copies from its own disk.
"""
DAG_WRITERS = (API_SERVER.name, DAG_PROCESSOR.name, SCHEDULER.name)
"""The processes that write DAGs to the database, or read them there again."""
DAG_STORAGE = f"{AIRFLOW_HOME}/dag_bundles"
"""The folder for copies of DAG bundles, on the container's own disk."""
PARSE_INTERVAL_SEC = 300
"""
Between two parses of an unchanged DAG file in a bundle: a new version makes its changed files due at once. Airflow's
default, 30 s, would keep a small dag-processor busy with 1,000 files all the time.
"""
LOGS = "airflow"
XCOMS = "xcom"
"""The folders of the stage's bucket."""
XCOM_THRESHOLD_BYTES = 128 * 1024
"""
A value of this size or more is an object in S3, for which a task needs 0.2 s more. The api-server holds a value in
memory several times, and all values of a mapped task at once, at most 1,024 ([core] max_map_length).
"""
QUIET_LOGGERS = (
    "airflow.dag_processing.bundles.manager",
    "airflow.dag_processing.dagbag",
    "airflow.providers.amazon.aws.hooks.base_aws",
)
"""Loggers of Airflow that write to each log where its DAG and its credentials are from; `preload` has boto3's."""
TOKEN_USERS = (API_SERVER.name, SCHEDULER.name)
OWNERS = tuple(each.name for each in (MIGRATE, *PROCESSES, AUTOSCALER) if each is not WORKER)
"""The processes that connect to the metadata database as its owner."""
SECRETS = (
    # The password of the first user, which the migration creates.
    ("AIRFLOW_ADMIN_PASSWORD", "admin", (MIGRATE.name,)),
    # The scheduler signs the tokens of task instances, the api-server checks them. With the key a program can act as
    # any task and any user.
    ("AIRFLOW__API_AUTH__JWT_SECRET", "jwt", TOKEN_USERS),
    # Signs sessions of the UI, and the api-server's requests to the log servers of worker and triggerer.
    ("AIRFLOW__API__SECRET_KEY", "api", (API_SERVER.name, TRIGGERER.name, WORKER.name)),
    # A worker gets connections, variables and triggers only from the execution API, which decrypts them.
    ("AIRFLOW__CORE__FERNET_KEY", "fernet", tuple(name for name in OWNERS if name != AUTOSCALER.name)),
    # Workers run the code of DAGs: their role in the database may use Celery's results and nothing else.
    ("DB_PASSWORD", "database_password", OWNERS),
    ("DB_PASSWORD", "database_worker_password", (WORKER.name,)),
    ("DB_USER", "database_username", OWNERS),
    ("DB_USER", "database_worker_username", (WORKER.name,)),
    # The migration creates that role.
    ("DB_WORKER_PASSWORD", "database_worker_password", (MIGRATE.name,)),
    ("DB_WORKER_USER", "database_worker_username", (MIGRATE.name,)),
)
"""Variable, logical name of the secret, and the containers that get it."""


@dataclass(frozen=True, kw_only=True)
class AirflowEnvironment:
    """
    The values of a stage from which the variables are made.

    Text may be a Terraform token: it is put into other text and never taken apart. `prefix`, `airflow-<stage>`, starts
    the names of the stage's secrets and task families. `queue_urls` are by Airflow's name of the queue, not SQS's.
    `worker_queue` and `worker_slots` are those of one worker, `max_slots` the maximum number of slots of all workers
    of each queue. `ec2_architecture` is that of the stage's EC2 instances, None without any.
    `dag_buckets` are the buckets of those of the `dag_bundles` in S3, by the bundle, `git_secrets` the ARNs
    of the secrets of those in Git, with a key and a version behind them. `task_tables` are the buckets and keys of the
    tables of deployed task folders.
    `protects_task`: a busy worker keeps ECS from stopping its task, which must run no other process.
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
    dag_bundles: Mapping[str, DagBundle] = field(default_factory=dict)
    dag_buckets: Mapping[str, str] = field(default_factory=dict)
    task_tables: Sequence[tuple[str, str]] = ()
    git_secrets: Mapping[str, str] = field(default_factory=dict)

    @property
    def pool_slots(self) -> dict[str, int]:
        """The maximum number of task instances of each queue that are queued or run at a time."""
        return {queue: QUEUED_PER_SLOT * slots for queue, slots in sorted(self.max_slots.items())}

    @property
    def max_queued(self) -> int:
        """The maximum number of task instances of all queues that are queued or run at a time."""
        return sum(self.pool_slots.values())


def environment(name: str, stage: AirflowEnvironment) -> dict[str, str]:
    """Return the variables of the container *name*, sorted; `secrets` has those that are secret."""
    if name == AUTOSCALER.name:
        return dict(sorted((_autoscaler(stage) | _dag_retention(name, stage)).items()))
    # A worker stores Celery's results. It does not use Airflow's own part of the database.
    database = _database_address if name == WORKER.name else _database
    variables = _core(stage) | database(stage) | _connection_pool(name) | _logging(stage)
    for names, part in (
        ((MIGRATE.name,), _migrate),
        ((API_SERVER.name,), _api_server),
        (TOKEN_USERS, _tokens),
        ((WORKER.name,), _worker),
        ((SCHEDULER.name,), _scheduler),
        ((DAG_PROCESSOR.name,), _dag_processor),
        (CONNECTION_READERS, _secrets_backend),
        (DAG_CODE_RUNNERS, _on_demand_tasks),
        (DAG_CODE_RUNNERS, _xcom),
        (BUNDLE_READERS, _dag_bundles),
        ((DAG_PROCESSOR.name,), _dag_refresh),
        (DAG_WRITERS, _dag_writes),
    ):
        if name in names:
            variables |= part(stage)
    variables |= _dag_retention(name, stage)
    return dict(sorted(variables.items()))


def secrets(name: str) -> dict[str, str]:
    """Return the variables of the container *name* that hold a secret, each with the secret's logical name."""
    return {variable: secret for variable, secret, names in SECRETS if name in names}


def _core(stage: AirflowEnvironment) -> dict[str, str]:
    # Each scheduler counts its own tasks, so they share the number, rounded up.
    parallelism = -(-stage.max_queued // stage.schedulers)
    return {
        "AWS_DEFAULT_REGION": stage.region,
        "AIRFLOW__CORE__AUTH_MANAGER": "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager",
        "AIRFLOW__CORE__DAGS_FOLDER": stage.dags_folder,
        # The migration also applies a later change of the number.
        "AIRFLOW__CORE__DEFAULT_POOL_TASK_SLOT_COUNT": str(stage.pool_slots[DEFAULT_QUEUE]),
        "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
        # A container's host name has no record in the VPC; logs of running tasks are fetched from this address.
        "AIRFLOW__CORE__HOSTNAME_CALLABLE": "airflow.utils.net.get_host_ip_address",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        # One DAG may use all workers. Airflow's default, 16, would leave the others idle.
        "AIRFLOW__CORE__MAX_ACTIVE_TASKS_PER_DAG": str(stage.max_queued),
        "AIRFLOW__CORE__PARALLELISM": str(parallelism),
        # Links in task logs and mails.
        "AIRFLOW__API__BASE_URL": stage.base_url,
    }


def _database_address(stage: AirflowEnvironment) -> dict[str, str]:
    # The entrypoint builds the URL from these, DB_USER and DB_PASSWORD, which can have characters that a URL must
    # quote. It has no `sslmode`: asyncpg, whose URL Airflow derives from this one, refuses the word.
    return {
        "DB_HOST": stage.database_host,
        "DB_NAME": stage.database_name,
        "DB_PORT": stage.database_port,
        "DB_SSLMODE": stage.database_ssl_mode,
    }


def _database(stage: AirflowEnvironment) -> dict[str, str]:
    return _database_address(stage) | {
        # The entrypoint has waited for the schema. Airflow would not start on a newer one, as after a rollback.
        "AIRFLOW__DATABASE__CHECK_MIGRATIONS": "False",
        # TLS, and keepalives that notice the failover of a database within a minute and a half.
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONNECT_ARGS": "airflow_fargate.database.CONNECT_ARGS",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONNECT_ARGS_ASYNC": "airflow_fargate.database.CONNECT_ARGS_ASYNC",
    }


def _connection_pool(process: str) -> dict[str, str]:
    # Airflow has a synchronous pool of this size and an asynchronous one, which it hardly uses.
    pool = connection_pool(process)
    return {
        "AIRFLOW__DATABASE__SQL_ALCHEMY_MAX_OVERFLOW": str(pool.overflow),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_POOL_SIZE": str(pool.size),
    }


def _logging(stage: AirflowEnvironment) -> dict[str, str]:
    return {
        "AIRFLOW__LOGGING__COLORED_CONSOLE_LOG": "False",
        # Not to files, which would fill the container's disk, and which nothing reads.
        "AIRFLOW__LOGGING__DAG_PROCESSOR_LOG_TARGET": "stdout",
        "AIRFLOW__LOGGING__DELETE_LOCAL_LOGS": "True",
        "AIRFLOW__LOGGING__NAMESPACE_LEVELS": " ".join(f"{name}=WARNING" for name in QUIET_LOGGERS),
        # S3, because the log API does not return what a triggerer wrote to CloudWatch. Without REMOTE_LOG_CONN_ID
        # Airflow uses the container's role, and looks up no connection for each task.
        "AIRFLOW__LOGGING__REMOTE_BASE_LOG_FOLDER": f"s3://{stage.log_bucket}/{LOGS}",
        "AIRFLOW__LOGGING__REMOTE_LOGGING": "True",
    }


def _autoscaler(stage: AirflowEnvironment) -> dict[str, str]:
    # It is no part of Airflow: all that it needs of Airflow is the database.
    pools = {
        queue: {"service": service_name(queue), "slots": pool.slots, "least": pool.min, "most": pool.max}
        # The autoscaler knows the defaults: they follow from `min` and `max`, which variables of a module may set.
        | pool.model_dump(include={"prewarm", "prewarm_max"}, exclude_none=True)
        for queue, pool in sorted(stage.worker_pools.items())
    }
    return _database_address(stage) | {
        "AIRFLOW_FARGATE_CLUSTER": stage.cluster,
        "AIRFLOW_FARGATE_WORKER_POOLS": json.dumps(pools),
        "AWS_DEFAULT_REGION": stage.region,
    }


def _migrate(stage: AirflowEnvironment) -> dict[str, str]:
    pools = {queue: slots for queue, slots in stage.pool_slots.items() if queue != DEFAULT_QUEUE}
    return {
        "AIRFLOW_ADMIN_PASSWORD_VERSION": stage.admin_password_version,
        # Airflow pools, one for each queue but `default`, whose pool is Airflow's own.
        "AIRFLOW_FARGATE_POOL_SLOTS": json.dumps(pools),
    }


def _api_server(stage: AirflowEnvironment) -> dict[str, str]:
    return {
        # Its main process loads Airflow and forks the workers, which share that memory.
        "AIRFLOW__API__SERVER_TYPE": "gunicorn",
        "AIRFLOW__API__WORKERS": str(stage.api_workers),
        # A worker's memory grows by the hour (apache/airflow#61804); a new one takes over before the old one ends.
        "AIRFLOW__API__WORKER_REFRESH_INTERVAL": str(API_WORKER_REFRESH_SEC),
        "AIRFLOW__FAB__COOKIE_SECURE": str(stage.tls),
        # A worker that still sends a stream ends before ECS kills it. Nothing controls gunicorn over a socket.
        "GUNICORN_CMD_ARGS": f"--graceful-timeout {API_SERVER.stop_timeout_sec - 10} --no-control-socket",
    }


def _tokens(stage: AirflowEnvironment) -> dict[str, str]:
    # Tokens name the stage, so that another stage's are refused.
    return {"AIRFLOW__API_AUTH__JWT_ISSUER": stage.prefix}


def _scheduler(stage: AirflowEnvironment) -> dict[str, str]:
    return _broker(stage, stage.queue_urls) | {
        # A second each: the scheduler continues to send for five minutes while SQS does not answer. With the default,
        # 3, each attempt would cost a task one of its retries.
        "AIRFLOW__CELERY__TASK_PUBLISH_MAX_RETRIES": "300",
        # All task instances that there are slots for are queued at once, so that the autoscaler's first look shows how
        # many workers are missing. With Airflow's default, 16, it would see parts; an alarm acts once a minute.
        "AIRFLOW__SCHEDULER__MAX_TIS_PER_QUERY": str(min(stage.max_queued, MAX_QUEUED_AT_ONCE)),
        # How long a task waits for the one before it. With Airflow's default, 1 s, a run of six short tasks takes three
        # seconds longer; this costs 4 % of a processor.
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.5",
        # A task instance in a queue without a worker, or of busy workers, waits for one: that is no fault. Airflow
        # would fail it after it has queued it three times. Here it retries for as long as SQS keeps the first message.
        # The option is not in Airflow's documentation.
        "AIRFLOW__SCHEDULER__NUM_STUCK_IN_QUEUED_RETRIES": str(RETENTION_SEC // TASK_QUEUED_TIMEOUT_SEC),
        "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT": str(TASK_QUEUED_TIMEOUT_SEC),
        # The message's token expires with the timeout: a worker that receives it between that and the next look fails
        # the task. The interval is the leeway of the token ([api_auth] jwt_leeway), so that there is no such time.
        "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL": "10",
    }


def _worker(stage: AirflowEnvironment) -> dict[str, str]:
    coordinator = {"classpath": "airflow_fargate.hand_back.Coordinator"}
    return _broker(stage, [stage.worker_queue]) | {
        # From SIGTERM to SIGKILL; a task that still runs near its end is handed back.
        "AIRFLOW_FARGATE_STOP_TIMEOUT_SEC": str(WORKER.stop_timeout_sec),
        "AIRFLOW_FARGATE_TASK_PROTECTION": str(stage.protects_task),
        "AIRFLOW__SDK__COORDINATORS": json.dumps({"fargate": coordinator}),
        "AIRFLOW__SDK__QUEUE_TO_COORDINATOR": json.dumps({stage.worker_queue: "fargate"}),
        # Only tasks call it: triggerer and dag-processor have an execution API of their own, over the database.
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": stage.execution_api_url,
        # Celery's own configuration, a heartbeat for the health check, and an end that loses nothing.
        "AIRFLOW__CELERY__CELERY_CONFIG_OPTIONS": "airflow_fargate.celery_config.CELERY_CONFIG",
        "AIRFLOW__CELERY__WORKER_CONCURRENCY": str(stage.worker_slots),
        # It needs a queue for each worker, which SQS users must not create.
        "AIRFLOW__CELERY__WORKER_ENABLE_REMOTE_CONTROL": "False",
        # For more than three minutes: a database fails over within two, and the api-server answers with errors until
        # then. With Airflow's defaults, half a minute, a worker would lose each message that it receives, and a task
        # that has ended would run again.
        "AIRFLOW__WORKERS__EXECUTION_API_RETRIES": "30",
        "AIRFLOW__WORKERS__EXECUTION_API_RETRY_WAIT_MAX": "15",
        # With the default, 5 s, a slower request is sent again, which is more work for a busy api-server, and after the
        # last attempt a task that has succeeded fails. It must be far below the 300 s after which a task without a
        # heartbeat counts as lost ([scheduler] task_instance_heartbeat_timeout): a task that waits for an answer sends
        # no heartbeat. Connecting to a server that is gone takes the same time.
        "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "30",
        # With the default, 5, three of ten tasks keep their slot for 5 s after their end.
        "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
    }


def _broker(stage: AirflowEnvironment, names: Iterable[str]) -> dict[str, str]:
    queues = {name: {"url": stage.queue_urls[name], "region": stage.region} for name in sorted(names)}
    engine = {"connect_args": {"sslmode": stage.database_ssl_mode, "keepalives_idle": 30, "connect_timeout": 10}}
    return {
        # No keys in the URL: boto3 uses the container's role. The result backend is derived from the database's URL.
        "AIRFLOW__CELERY__BROKER_URL": "sqs://",
        # Celery opens its own connections, without [database] sql_alchemy_connect_args.
        "AIRFLOW__CELERY__RESULT_BACKEND_SQLALCHEMY_ENGINE_OPTIONS": json.dumps(engine),
        "AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__POLLING_INTERVAL": "0",
        # With these Celery neither creates nor lists queues.
        "AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__PREDEFINED_QUEUES": json.dumps(queues),
        "AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__REGION": stage.region,
        # Without effect on a predefined queue, which has its own; unset, Airflow warns at each start.
        "AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT": "3600",
        # SQS's longest poll: the fewest requests.
        "AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__WAIT_TIME_SECONDS": "20",
    }


def _dag_processor(stage: AirflowEnvironment) -> dict[str, str]:
    # `airflow_fargate.policy` refuses a DAG with another one, and puts tasks into their queue's pool.
    return {"AIRFLOW_FARGATE_QUEUES": ",".join(sorted(stage.queue_urls))}


def _dag_bundles(stage: AirflowEnvironment) -> dict[str, str]:
    """Return where the DAG bundles are; there is nothing to set if the DAGs are in the image."""
    if not stage.dag_bundles:
        return {}
    bundles = [_dag_bundle(name, bundle, stage) for name, bundle in sorted(stage.dag_bundles.items())]
    return {
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps(bundles),
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH": DAG_STORAGE,
    }


def _dag_bundle(name: str, bundle: DagBundle, stage: AirflowEnvironment) -> dict[str, Any]:
    """Return the item of a bundle in `[dag_processor] dag_bundle_config_list`."""
    if isinstance(bundle, DagsInS3):
        classpath = "airflow_fargate.dag_bundles.s3.VersionedS3DagBundle"
        kwargs = {"bucket": stage.dag_buckets[name], "prefix": bundle.prefix}
    else:
        classpath = "airflow_fargate.dag_bundles.git.VersionedGitDagBundle"
        tasks_bucket, tasks_key = stage.task_tables[0]
        kwargs = {"url": bundle.url, "ref": bundle.ref, "folder": bundle.folder}
        kwargs |= {"tasks_bucket": tasks_bucket, "tasks_key": tasks_key}
        if name in stage.git_secrets:
            kwargs["secret"] = stage.git_secrets[name]
    return {
        "name": name,
        "classpath": classpath,
        "kwargs": {**kwargs, "refresh_interval": bundle.refresh_sec},
    }


def _dag_refresh(stage: AirflowEnvironment) -> dict[str, str]:
    if not stage.dag_bundles:
        return {}
    return {
        # Each bundle has an interval of its own, and this is how often Airflow looks at the clock.
        "AIRFLOW__DAG_PROCESSOR__BUNDLE_REFRESH_CHECK_INTERVAL": "1",
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": str(PARSE_INTERVAL_SEC),
    }


def _dag_writes(stage: AirflowEnvironment) -> dict[str, str]:
    if not stage.dag_bundles:
        return {}
    # With the default, 30 s, Airflow gives a DAG its new version and leaves the old DAG in the database, if that was
    # written less than 30 s ago: a run would have the structure of one version and the code of another.
    return {"AIRFLOW__CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL": "0"}


def _dag_retention(name: str, stage: AirflowEnvironment) -> dict[str, str]:
    """Return what removes old versions of bundles in S3: the autoscaler, or a scheduler in a stage that has none."""
    keeper = AUTOSCALER if stage.worker_pools else SCHEDULER
    bundles = {
        each: {
            "bucket": stage.dag_buckets[each],
            "prefix": bundle.prefix,
            "keep_versions": bundle.keep_versions,
            "keep_days": bundle.keep_days,
        }
        for each, bundle in sorted(stage.dag_bundles.items())
        if isinstance(bundle, DagsInS3)
    }
    return {"AIRFLOW_FARGATE_DAG_RETENTION": json.dumps(bundles)} if bundles and name == keeper.name else {}


def _on_demand_tasks(stage: AirflowEnvironment) -> dict[str, str]:
    """Return what a `FargateTaskOperator` needs to start a task of `tasks/`."""
    return {
        "AIRFLOW_FARGATE_ARCHITECTURE": stage.architecture,
        "AIRFLOW_FARGATE_CLUSTER": stage.cluster,
        "AIRFLOW_FARGATE_EC2_ARCHITECTURE": stage.ec2_architecture or "none",
        "AIRFLOW_FARGATE_FAMILY_PREFIX": f"{stage.prefix}-",
        "AIRFLOW_FARGATE_LOG_GROUP_PREFIX": stage.task_log_group_prefix,
        "AIRFLOW_FARGATE_MAX_TASK_CPU": str(stage.max_task_cpu),
        "AIRFLOW_FARGATE_MAX_TASK_MEMORY_MIB": str(stage.max_task_memory_mib),
        "AIRFLOW_FARGATE_SECURITY_GROUP": stage.security_group_id,
        "AIRFLOW_FARGATE_SUBNETS": ",".join(stage.subnet_ids),
        "AIRFLOW_FARGATE_TASKS_FOLDER": stage.tasks_folder,
    }


def _xcom(stage: AirflowEnvironment) -> dict[str, str]:
    return {
        "AIRFLOW__CORE__XCOM_BACKEND": "airflow_fargate.xcom.XCom",
        # No connection in the URL: the container's role is used.
        "AIRFLOW__COMMON_IO__XCOM_OBJECTSTORAGE_PATH": f"s3://{stage.log_bucket}/{XCOMS}",
        "AIRFLOW__COMMON_IO__XCOM_OBJECTSTORAGE_THRESHOLD": str(XCOM_THRESHOLD_BYTES),
    }


def _secrets_backend(stage: AirflowEnvironment) -> dict[str, str]:
    kwargs = {
        "connections_prefix": f"{stage.prefix}/connections",
        # `aws_default` is the container's role: no look-up for each AWS call of a DAG.
        "connections_lookup_pattern": "(?!aws_default$)",
        "variables_prefix": f"{stage.prefix}/variables",
        "config_prefix": None,
    }
    return {
        "AIRFLOW__SECRETS__BACKEND": "airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend",
        "AIRFLOW__SECRETS__BACKEND_KWARGS": json.dumps(kwargs),
    }
