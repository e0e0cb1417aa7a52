"""What the scheduler and the workers are told of Celery: broker, queues, and how long a message may take."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from constructs_lib.settings.processes import WORKER
from constructs_lib.storage.queue_times import RETENTION_SEC, TASK_QUEUED_TIMEOUT_SEC

if TYPE_CHECKING:
    from collections.abc import Iterable

    from constructs_lib.airflow.environment import AirflowEnvironment


def scheduler_variables(given: AirflowEnvironment) -> dict[str, str]:
    """Return the variables of the scheduler, which sends to all queues."""
    return _broker(given, given.queue_urls) | {
        # A second each, so that the scheduler goes on sending for five minutes while SQS does not answer. With the
        # default, 3, each time would cost a task one of its retries.
        "AIRFLOW__CELERY__TASK_PUBLISH_MAX_RETRIES": "300",
        # All that there are slots for is queued at once, so that the autoscaler's first look tells how many workers are
        # missing. With Airflow's default, 16, it would see a burst in parts, and an alarm acts once a minute. Airflow 2
        # had 512.
        "AIRFLOW__SCHEDULER__MAX_TIS_PER_QUERY": str(min(given.most_queued, 512)),
        # How long a task waits for the one before it. With Airflow's default, 1 s, a run of six short tasks takes three
        # seconds longer; this costs 4 % of a processor.
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.5",
        # A queue without a worker is served as soon as one has started, and one of full workers when a task ends: that
        # is no fault. Airflow would give up, and fail the task, after it has queued it three times; here it does so
        # until SQS itself would have forgotten the first message. No option of Airflow's documentation.
        "AIRFLOW__SCHEDULER__NUM_STUCK_IN_QUEUED_RETRIES": str(RETENTION_SEC // TASK_QUEUED_TIMEOUT_SEC),
        "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT": str(TASK_QUEUED_TIMEOUT_SEC),
        # The message's token expires with the timeout: a worker that takes it between that and the next look fails the
        # task. As often as the leeway of the token is long ([api_auth] jwt_leeway), so that there is no such time.
        "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL": "10",
    }


def worker_variables(given: AirflowEnvironment) -> dict[str, str]:
    """Return the variables of a worker, which takes from its own queue."""
    coordinator = {"classpath": "airflow_fargate.hand_back.Coordinator"}
    return _broker(given, [given.worker_queue]) | {
        # From SIGTERM to SIGKILL; before its end a task that still runs is handed back, by what runs the tasks.
        "AIRFLOW_FARGATE_STOP_TIMEOUT_SEC": str(WORKER.stop_timeout_sec),
        "AIRFLOW_FARGATE_TASK_PROTECTION": str(given.protects_task),
        "AIRFLOW__SDK__COORDINATORS": json.dumps({"fargate": coordinator}),
        "AIRFLOW__SDK__QUEUE_TO_COORDINATOR": json.dumps({given.worker_queue: "fargate"}),
        # Only tasks ask it: triggerer and dag-processor have an execution API inside, over the database.
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": given.execution_api_url,
        # Celery's own configuration, a heartbeat for the health check, and an end that loses nothing.
        "AIRFLOW__CELERY__CELERY_CONFIG_OPTIONS": "airflow_fargate.celery_config.CELERY_CONFIG",
        "AIRFLOW__CELERY__WORKER_CONCURRENCY": str(given.worker_slots),
        # Needs a queue of its own for each worker, which SQS users must not create.
        "AIRFLOW__CELERY__WORKER_ENABLE_REMOTE_CONTROL": "False",
        # For three minutes and more: a database fails over within two, and the api-server answers with errors until
        # then. With Airflow's defaults, half a minute, a worker would lose each message that it takes, and a task that
        # has ended would run again.
        "AIRFLOW__WORKERS__EXECUTION_API_RETRIES": "30",
        "AIRFLOW__WORKERS__EXECUTION_API_RETRY_WAIT_MAX": "15",
        # With the default, 5 s, a request that takes longer is sent again, which is more work for an api-server that is
        # busy, and after the last time a task that has succeeded fails. It must be far below the 300 s after which a
        # task without a heartbeat is taken for lost ([scheduler] task_instance_heartbeat_timeout): a task that
        # waits for an answer sends no heartbeat. Connecting to a server that has gone takes the same time.
        "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "30",
        # With the default, 5, three of ten tasks keep their slot for 5 s after their end.
        "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
    }


def _broker(given: AirflowEnvironment, names: Iterable[str]) -> dict[str, str]:
    queues = {name: {"url": given.queue_urls[name], "region": given.region} for name in sorted(names)}
    engine = {"connect_args": {"sslmode": given.database_ssl_mode, "keepalives_idle": 30, "connect_timeout": 10}}
    return {
        # No keys in the URL: boto3 uses the container's role. The result backend is derived from the database's URL.
        "AIRFLOW__CELERY__BROKER_URL": "sqs://",
        # Celery opens its own connections, without [database] sql_alchemy_connect_args.
        "AIRFLOW__CELERY__RESULT_BACKEND_SQLALCHEMY_ENGINE_OPTIONS": json.dumps(engine),
        "AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__POLLING_INTERVAL": "0",
        # With these Celery neither creates nor lists queues.
        "AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__PREDEFINED_QUEUES": json.dumps(queues),
        "AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__REGION": given.region,
        # Without effect on a predefined queue, which has its own; unset, Airflow warns at each start.
        "AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT": "3600",
        # SQS's longest poll: fewest requests.
        "AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__WAIT_TIME_SECONDS": "20",
    }
