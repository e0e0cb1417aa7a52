import json
from dataclasses import replace

import pytest

from constructs_lib.airflow.database_connections import connection_pool
from constructs_lib.airflow.environment import (
    RETENTION_SEC,
    VISIBILITY_TIMEOUT_SEC,
    AirflowEnvironment,
    environment,
    secrets,
)
from constructs_lib.settings.airflow_config import variable
from constructs_lib.settings.airflow_options import OPTIONS, SECTIONS
from constructs_lib.settings.dag_bundles import DagsInGit
from constructs_lib.settings.processes import API_SERVER, MIGRATE, PROCESSES, WORKER
from constructs_lib.settings.worker_pool import WorkerPool

GIT = "https://github.com/team/dags.git"
NAMES = [MIGRATE.name, *(process.name for process in PROCESSES)]
STAGE = AirflowEnvironment(
    prefix="airflow-dev",
    region="eu-central-1",
    base_url="http://${TfToken[TOKEN.1]}",
    execution_api_url="http://api-server.airflow-dev.internal:8080/execution/",
    tls=False,
    queue_urls={"default": "${TfToken[TOKEN.2]}", "spot": "${TfToken[TOKEN.10]}"},
    log_bucket="${TfToken[TOKEN.3]}",
    database_host="${TfToken[TOKEN.4]}",
    database_port="${TfToken[TOKEN.5]}",
    database_name="airflow",
    cluster="airflow-dev",
    subnet_ids=["${TfToken[TOKEN.6]}", "${TfToken[TOKEN.7]}"],
    security_group_id="${TfToken[TOKEN.8]}",
    task_log_group_prefix="/airflow-dev/tasks/",
    max_task_cpu=16384,
    max_task_memory_mib=122880,
    architecture="X86_64",
    ec2_architecture=None,
    admin_password_version="${TfToken[TOKEN.9]}",
    worker_queue="default",
    worker_slots=4,
    max_slots={"default": 8, "spot": 4},
)

each_container = pytest.mark.parametrize("name", NAMES)


def holders(variable_name: str) -> set[str]:
    """Return the containers that get the variable."""
    return {name for name in NAMES if variable_name in environment(name, STAGE) | secrets(name)}


class TestEnvironment:
    @each_container
    def test_every_option_is_one_of_airflows(self, name: str) -> None:
        """Every `AIRFLOW__*` variable is an option of Airflow, which would ignore a misspelled one."""
        known = {variable(*option.rsplit(".", 1)) for option in OPTIONS}
        # kombu's options, which Airflow hands on.
        sqs = {"PREDEFINED_QUEUES", "REGION", "WAIT_TIME_SECONDS", "POLLING_INTERVAL"}
        # Airflow's scheduler reads it, and its list of options has it not.
        known.add("AIRFLOW__SCHEDULER__NUM_STUCK_IN_QUEUED_RETRIES")
        known |= {f"AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__{option}" for option in sqs}

        used = {each for each in environment(name, STAGE) | secrets(name) if each.startswith("AIRFLOW__")}

        assert used - known == set()
        assert "celery" in SECTIONS

    @each_container
    def test_variables_are_sorted_text(self, name: str) -> None:
        """Variables are sorted and are text, so the same stage gives the same JSON."""
        variables = environment(name, STAGE)

        assert list(variables) == sorted(variables)
        assert all(isinstance(value, str) and value for value in variables.values())

    @each_container
    def test_no_variable_is_set_twice(self, name: str) -> None:
        """No name is in both `environment` and `secrets`, which ECS refuses."""
        assert environment(name, STAGE).keys() & secrets(name).keys() == set()

    @each_container
    def test_tokens_survive(self, name: str) -> None:
        """Terraform's tokens in the arguments are unchanged in the variables."""
        variables = environment(name, STAGE)

        assert variables["DB_HOST"] == "${TfToken[TOKEN.4]}"
        assert variables["AIRFLOW__LOGGING__REMOTE_BASE_LOG_FOLDER"] == "s3://${TfToken[TOKEN.3]}/airflow"

    def test_a_worker_hands_its_tasks_back_in_the_time_that_its_container_has(self) -> None:
        """A worker knows its container's stop timeout, so it hands its tasks back in time."""
        variables = environment("worker", STAGE)
        [name] = json.loads(variables["AIRFLOW__SDK__COORDINATORS"])

        assert json.loads(variables["AIRFLOW__SDK__QUEUE_TO_COORDINATOR"]) == {STAGE.worker_queue: name}
        assert variables["AIRFLOW_FARGATE_STOP_TIMEOUT_SEC"] == str(WORKER.stop_timeout_sec)

    def test_queues_go_by_airflows_name(self) -> None:
        """Celery finds a queue's URL by Airflow's name of the queue, and a worker knows only its own queue."""
        name = "AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__PREDEFINED_QUEUES"
        default = {"default": {"url": "${TfToken[TOKEN.2]}", "region": "eu-central-1"}}
        spot = {"spot": {"url": "${TfToken[TOKEN.10]}", "region": "eu-central-1"}}

        assert json.loads(environment("worker", STAGE)[name]) == default
        assert json.loads(environment("worker", replace(STAGE, worker_queue="spot"))[name]) == spot
        assert json.loads(environment("scheduler", STAGE)[name]) == default | spot

    def test_a_dag_may_name_the_queues_there_are(self) -> None:
        """The dag-processor knows the names of all queues that a DAG can use."""
        assert environment("dag-processor", STAGE)["AIRFLOW_FARGATE_QUEUES"] == "default,spot"

    def test_a_bundle_is_looked_at_each_second(self) -> None:
        """A bundle is looked at as often as its setting says, and an unchanged file is parsed every five minutes."""
        seconds = {
            "AIRFLOW__DAG_PROCESSOR__BUNDLE_REFRESH_CHECK_INTERVAL": "1",
            "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "300",
        }

        variables = environment(
            "dag-processor",
            replace(STAGE, dag_bundles={"dags": DagsInGit(url=GIT)}, task_tables=[("dags", "tasks.json")]),
        )
        assert variables.items() >= seconds.items()
        assert not seconds.keys() & environment("dag-processor", STAGE).keys()

    def test_a_message_has_the_time_of_a_lost_worker(self) -> None:
        """A task instance is queued again only after its message could return and another worker could start."""
        scheduler = environment("scheduler", STAGE)
        timeout = int(scheduler["AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT"])

        assert timeout > VISIBILITY_TIMEOUT_SEC + WORKER.stop_timeout_sec + 110
        # The leeway of a token is as long: no worker meets one that has expired.
        assert int(scheduler["AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL"]) <= 10
        retries = int(scheduler["AIRFLOW__SCHEDULER__NUM_STUCK_IN_QUEUED_RETRIES"])
        # A weekend without workers.
        assert RETENTION_SEC >= 3 * 24 * 3600
        assert RETENTION_SEC - timeout < retries * timeout <= RETENTION_SEC

    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("AIRFLOW_ADMIN_PASSWORD_VERSION", {"migrate"}),
            ("AIRFLOW__CELERY__BROKER_URL", {"scheduler", "worker"}),
            ("AIRFLOW__CELERY__WORKER_CONCURRENCY", {"worker"}),
            ("AIRFLOW__CORE__EXECUTION_API_SERVER_URL", {"worker"}),
            ("AIRFLOW__API_AUTH__JWT_ISSUER", {"api-server", "scheduler"}),
            ("AIRFLOW__SECRETS__BACKEND", {"api-server", "dag-processor", "triggerer"}),
            ("AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT", {"scheduler"}),
            ("AIRFLOW_FARGATE_QUEUES", {"dag-processor"}),
            ("AIRFLOW_FARGATE_POOL_SLOTS", {"migrate"}),
            ("AIRFLOW_FARGATE_CLUSTER", {"dag-processor", "triggerer", "worker"}),
            ("AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL", {"worker"}),
            ("AIRFLOW__CORE__XCOM_BACKEND", {"dag-processor", "triggerer", "worker"}),
            ("AIRFLOW__COMMON_IO__XCOM_OBJECTSTORAGE_PATH", {"dag-processor", "triggerer", "worker"}),
        ],
    )
    def test_a_variable_goes_to_those_who_need_it(self, name: str, expected: set[str]) -> None:
        """A variable is only in the containers that need it."""
        assert holders(name) == expected

    @pytest.mark.parametrize(("schedulers", "expected"), [(1, "36"), (2, "18"), (5, "8")])
    def test_schedulers_share_the_slots(self, schedulers: int, expected: str) -> None:
        """Schedulers share `parallelism`, so that together they fill the workers and queue two more for each slot."""
        variables = environment("scheduler", replace(STAGE, schedulers=schedulers))

        assert variables["AIRFLOW__CORE__PARALLELISM"] == expected
        assert variables["AIRFLOW__CORE__MAX_ACTIVE_TASKS_PER_DAG"] == "36"

    def test_a_worker_asks_until_a_database_has_failed_over(self) -> None:
        """A worker retries requests to the api-server for three minutes on average, longer than a database failover."""
        variables = environment("worker", STAGE)
        waits = int(variables["AIRFLOW__WORKERS__EXECUTION_API_RETRIES"]) - 1
        longest = float(variables["AIRFLOW__WORKERS__EXECUTION_API_RETRY_WAIT_MAX"])

        assert sum((1 + min(longest, 2**number)) / 2 for number in range(waits)) > 180

    def test_a_message_stays_hidden_while_its_task_starts(self) -> None:
        """A message stays hidden while its worker tries to start the task, and returns ten minutes after a loss."""
        variables = environment("worker", STAGE)
        waits = int(variables["AIRFLOW__WORKERS__EXECUTION_API_RETRIES"]) - 1
        longest = float(variables["AIRFLOW__WORKERS__EXECUTION_API_RETRY_WAIT_MAX"])

        assert sum(min(longest, 2**number) for number in range(waits)) < VISIBILITY_TIMEOUT_SEC <= 600

    def test_a_request_of_a_task_ends_long_before_the_task_is_taken_for_lost(self) -> None:
        """The time-out of a task's request is above Airflow's 5 s and far below the time-out of heartbeats."""
        variables = environment("worker", STAGE)
        # Airflow's default of [scheduler] task_instance_heartbeat_timeout, which nobody changes here.
        assert "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT" not in environment("scheduler", STAGE)
        assert 5 < float(variables["AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT"]) <= 300 / 5

    def test_a_slot_is_free_a_second_after_its_task_has_ended(self) -> None:
        """Airflow notices the end of a task within a second, because heartbeats are sent that often."""
        assert float(environment("worker", STAGE)["AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL"]) <= 1

    @pytest.mark.parametrize("name", ["scheduler", "worker"])
    def test_a_worker_polls_as_long_as_sqs_lets_it(self, name: str) -> None:
        """A worker uses SQS's longest poll, so an idle worker costs three requests a minute."""
        variables = environment(name, STAGE)
        options = "AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__"

        assert (variables[f"{options}WAIT_TIME_SECONDS"], variables[f"{options}POLLING_INTERVAL"]) == ("20", "0")

    def test_a_worker_needs_no_queue_of_its_own(self) -> None:
        """Celery's remote control is off, because it would create a queue for each worker."""
        assert environment("worker", STAGE)["AIRFLOW__CELERY__WORKER_ENABLE_REMOTE_CONTROL"] == "False"

    @each_container
    def test_a_stage_shows_the_dags_of_its_users_alone(self, name: str) -> None:
        """Airflow's example DAGs are not loaded."""
        assert environment(name, STAGE)["AIRFLOW__CORE__LOAD_EXAMPLES"] == "False"

    def test_the_values_of_a_mapped_task_fit_into_an_api_server(self) -> None:
        """All XCom values of a mapped task in the database take a quarter of the api-server's memory at most."""
        threshold = int(environment("worker", STAGE)["AIRFLOW__COMMON_IO__XCOM_OBJECTSTORAGE_THRESHOLD"])
        # Airflow's default of [core] max_map_length.
        largest_mib = 1024 * threshold / 1024**2

        assert largest_mib <= API_SERVER.min_memory_mib / 4

    def test_a_task_waits_for_a_broker_that_is_away(self) -> None:
        """The scheduler retries to send a message once a second for five minutes."""
        assert environment("scheduler", STAGE)["AIRFLOW__CELERY__TASK_PUBLISH_MAX_RETRIES"] == "300"

    def test_each_queue_has_a_pool_that_holds_no_worker_back(self) -> None:
        """Each queue's pool has a place for each running and waiting task, and `parallelism` is their sum."""
        variables = environment("migrate", STAGE)

        assert variables["AIRFLOW__CORE__DEFAULT_POOL_TASK_SLOT_COUNT"] == "24"
        assert json.loads(variables["AIRFLOW_FARGATE_POOL_SLOTS"]) == {"spot": 12}
        assert variables["AIRFLOW__CORE__PARALLELISM"] == str(24 + 12)

    @pytest.mark.parametrize(("tls", "expected"), [(True, "True"), (False, "False")])
    def test_cookies_are_for_tls_where_there_is_tls(self, tls: bool, expected: str) -> None:
        """Cookies are secure only with TLS, because a login over plain HTTP would fail otherwise."""
        assert environment("api-server", replace(STAGE, tls=tls))["AIRFLOW__FAB__COOKIE_SECURE"] == expected

    def test_connections_are_looked_up_under_the_stages_prefix(self) -> None:
        """Connections are looked up under the stage's prefix, and `aws_default` is the container's role."""
        kwargs = json.loads(environment("api-server", STAGE)["AIRFLOW__SECRETS__BACKEND_KWARGS"])

        assert kwargs["connections_prefix"] == "airflow-dev/connections"
        assert kwargs["variables_prefix"] == "airflow-dev/variables"
        assert kwargs["connections_lookup_pattern"] == "(?!aws_default$)"

    @each_container
    def test_a_process_has_the_pool_that_is_counted(self, name: str) -> None:
        """The connection pool of each process is the one that the comparison with the database's limit counts."""
        variables, pool = environment(name, STAGE), connection_pool(name)

        assert variables["AIRFLOW__DATABASE__SQL_ALCHEMY_POOL_SIZE"] == str(pool.size)
        assert variables["AIRFLOW__DATABASE__SQL_ALCHEMY_MAX_OVERFLOW"] == str(pool.maximum - pool.size)

    def test_an_api_server_ends_before_ecs_kills_it_and_renews_its_workers(self) -> None:
        """The api-server ends before ECS kills it, renews its workers, and opens no control socket."""
        variables = environment("api-server", replace(STAGE, api_workers=2))

        assert (variables["AIRFLOW__API__SERVER_TYPE"], variables["AIRFLOW__API__WORKERS"]) == ("gunicorn", "2")
        assert int(variables["AIRFLOW__API__WORKER_REFRESH_INTERVAL"]) == 6 * 3600
        assert variables["GUNICORN_CMD_ARGS"] == "--graceful-timeout 20 --no-control-socket"
        assert API_SERVER.stop_timeout_sec > 20


class TestSecrets:
    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("AIRFLOW__CORE__FERNET_KEY", set(NAMES) - {"worker"}),
            ("AIRFLOW__API_AUTH__JWT_SECRET", {"api-server", "scheduler"}),
            ("AIRFLOW__API__SECRET_KEY", {"api-server", "triggerer", "worker"}),
            ("AIRFLOW_ADMIN_PASSWORD", {"migrate"}),
            ("DB_PASSWORD", set(NAMES)),
            ("DB_USER", set(NAMES)),
        ],
    )
    def test_a_secret_goes_to_those_who_need_it(self, name: str, expected: set[str]) -> None:
        """A secret is only in the containers that need it."""
        assert holders(name) == expected

    @each_container
    def test_no_secret_is_in_the_environment(self, name: str) -> None:
        """Passwords and keys are in the environment only as references."""
        secret = ("PASSWORD", "SECRET_KEY", "JWT_SECRET", "FERNET", "SQL_ALCHEMY_CONN")
        variables = environment(name, STAGE)

        assert [each for each in variables if each.endswith(secret)] == []


def test_the_autoscaler_gets_what_is_set_of_prewarm() -> None:
    """The autoscaler gets `prewarm` and `prewarm_max` of a pool where they are set, and knows the defaults itself."""
    pools = {"default": WorkerPool(), "spot": WorkerPool(min=1, prewarm=True, prewarm_max=3)}
    variables = environment("autoscaler", replace(STAGE, worker_pools=pools))
    found = json.loads(variables["AIRFLOW_FARGATE_WORKER_POOLS"])

    assert {"prewarm", "prewarm_max"}.isdisjoint(found["default"])
    assert (found["spot"]["prewarm"], found["spot"]["prewarm_max"]) == (True, 3)
