"""Promises of Airflow's processes in the topology of the stage."""

import json
import re

import pytest

from constructs_lib.what_runs import count_while_running
from tests.template import Properties, Template, environment
from tests.variants import changed, variant

ON_LOCALHOST = "http://localhost:8080/execution/"


SPOT_QUEUE = {"spot": {"url": "${aws_sqs_queue.queue_spot.url}", "region": "us-east-1"}}
DEFAULT_QUEUE = {"default": {"url": "${aws_sqs_queue.queue_default.url}", "region": "us-east-1"}}


def executes(template: Template, definition: str) -> str:
    """Return where the worker in a task definition reaches the execution API."""
    return environment(template.containers(definition)["worker"])["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"]


def queues(container: Properties) -> dict[str, dict[str, str]]:
    """Return the queues that a container knows."""
    found: dict[str, dict[str, str]] = json.loads(
        environment(container)["AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__PREDEFINED_QUEUES"]
    )
    return found


def opened(template: Template) -> set[str]:
    """Return the rules by which Airflow's services reach each other."""
    services = template.all("aws_ecs_service").keys()
    return {
        name
        for name in template.all("aws_vpc_security_group_ingress_rule")
        if any(name.startswith(f"{service}_from_") for service in services) and "load_balancer" not in name
    }


def test_compact_meets_on_localhost(compact: Template) -> None:
    """One task needs no names and no open ports inside."""
    assert executes(compact, "airflow") == ON_LOCALHOST
    assert not compact.all("aws_service_discovery_service")
    assert opened(compact) == set()


def test_a_worker_pool_reaches_the_api_server_by_name() -> None:
    """And the api-server the logs of tasks that run there."""
    template = variant("worker_pool")

    assert executes(template, "worker_default") == "http://api-server.airflow-pool.internal:8080/execution/"
    assert template.containers("airflow").keys() == {
        *("migrate", "api-server", "scheduler", "dag-processor", "triggerer", "autoscaler")
    }
    assert opened(template) == {"airflow_from_worker_default_8080", "worker_default_from_airflow_8793"}
    assert count_while_running(template.all("aws_ecs_service")["worker_default"]["desired_count"]) == 3
    assert "ecs:RunTask" in template.actions("worker_default_task")
    assert "ecs:RunTask" not in template.actions("airflow_task")


def test_pools_serve_queues_beside_the_compact_task() -> None:
    """Its own worker has the queue `default`; each pool has its own queue, slots, size and processor."""
    template = variant("worker_pools")
    containers = {
        name: template.containers(name)["worker"] for name in ("airflow", "worker_spot", "worker_high_memory")
    }
    definitions = template.all("aws_ecs_task_definition")

    assert {name: each["command"][-2:] for name, each in containers.items()} == {
        "airflow": ["--queues", "default"],
        "worker_spot": ["--queues", "spot"],
        "worker_high_memory": ["--queues", "high_memory"],
    }
    assert [environment(each)["AIRFLOW__CELERY__WORKER_CONCURRENCY"] for each in containers.values()] == ["2", "4", "1"]
    assert queues(containers["worker_spot"]) == SPOT_QUEUE
    assert queues(containers["airflow"]) == DEFAULT_QUEUE
    assert queues(template.containers("airflow")["scheduler"]).keys() == {"default", "spot", "high_memory"}
    assert environment(template.containers("airflow")["dag-processor"])["AIRFLOW_FARGATE_QUEUES"] == (
        "default,high_memory,spot"
    )
    assert (definitions["worker_high_memory"]["cpu"], definitions["worker_high_memory"]["memory"]) == ("2048", "16384")
    assert definitions["worker_spot"]["family"] == "airflow-pools-worker-spot"
    assert definitions["worker_high_memory"]["family"] == "airflow-pools-worker-high-memory"
    assert template.all("aws_ecs_service")["worker_high_memory"]["name"] == "worker-high-memory"


def test_a_pools_image_is_for_its_processor() -> None:
    """The second image is made where a pool has another processor than the stage, and the pool runs that one."""
    template = variant("worker_pools")
    definitions = template.all("aws_ecs_task_definition")
    repositories = template.all("aws_ecr_repository")
    running = {name: template.containers(name)["worker"]["image"] for name in ("airflow", "worker_spot")}

    assert {name: definitions[name]["runtime_platform"]["cpu_architecture"] for name in running} == {
        "airflow": "X86_64",
        "worker_spot": "ARM64",
    }
    assert running["worker_spot"].startswith("${aws_ecr_repository.image_arm64.repository_url}")
    assert repositories["image_arm64"]["name"] == "airflow-pools-airflow-arm64"
    assert running["airflow"].startswith("${aws_ecr_repository.image.repository_url}")
    assert "image_arm64" not in variant("worker_pool").all("aws_ecr_repository")


def test_a_pools_permissions_are_its_workers() -> None:
    """They go into the role of that pool and no other."""
    reading = {"actions": ("s3:GetObject",), "resources": ("arn:aws:s3:::vendor/*",)}
    template = changed("compact", worker_pools={"spot": {"permissions": (reading,)}, "default": {}})

    assert [name for name, each in template.statements() if each["Resource"] == ["arn:aws:s3:::vendor/*"]] == [
        "worker_spot_task"
    ]


def test_a_pool_takes_from_its_own_queue() -> None:
    """No worker may receive from another pool's queue; the scheduler sends to all of them."""
    template = variant("worker_pools")

    received = [
        (name, queue)
        for name, statement in template.statements()
        if "sqs:ReceiveMessage" in statement["Action"]
        for queue in re.findall(r"aws_sqs_queue\.(\w+)\.arn", json.dumps(statement["Resource"]))
    ]
    assert sorted(received) == [
        ("airflow_task", "queue_default"),
        ("worker_high_memory_task", "queue_high_memory"),
        ("worker_spot_task", "queue_spot"),
    ]
    sent = [
        queue
        for name, statement in template.statements(name="airflow_task")
        if "sqs:SendMessage" in statement["Action"]
        for queue in re.findall(r"aws_sqs_queue\.(\w+)\.arn", json.dumps(statement["Resource"]))
    ]
    assert sorted(sent) == ["queue_default", "queue_high_memory", "queue_spot"]


def test_split_opens_what_is_needed_and_no_more(split: Template) -> None:
    """Workers call the execution API; the api-server fetches logs of running tasks and triggers."""
    assert executes(split, "worker_default") == "http://api-server.airflow-prod.internal:8080/execution/"
    assert opened(split) == {
        "api_server_from_worker_default_8080",
        "worker_default_from_api_server_8793",
        "triggerer_from_api_server_8794",
    }


def test_limits_follow_the_workers_slots() -> None:
    """Four workers with eight slots each run 32 tasks at a time, and twice as many wait for their slots."""
    template = variant("spot")
    variables = environment(template.containers("scheduler")["scheduler"])

    assert variables["AIRFLOW__CORE__PARALLELISM"] == "96"
    assert environment(template.containers("worker_default")["worker"])["AIRFLOW__CELERY__WORKER_CONCURRENCY"] == "8"


def test_airflow_config_reaches_every_container() -> None:
    """On top of the stack's own options, in every process and the migration."""
    template = changed("split", airflow_config={"core": {"parallelism": 7}, "smtp": {"smtp_host": "mail"}})
    containers = [
        each
        for name, each in template.all_containers()
        if not name.startswith("dag_tasks_") and each["name"] != "autoscaler"
    ]

    assert len(containers) == 6
    for container in containers:
        assert environment(container)["AIRFLOW__CORE__PARALLELISM"] == "7"
        assert environment(container)["AIRFLOW__SMTP__SMTP_HOST"] == "mail"


@pytest.mark.parametrize("name", ["compact", "split", "existing"])
def test_processes_are_told_of_this_stage(name: str) -> None:
    """Queue, bucket, database, cluster and network are the stack's own."""
    template = variant(name)
    containers = {each["name"]: environment(each) for _, each in template.all_containers()}
    worker, scheduler = containers["worker"], containers["scheduler"]

    queues = json.loads(scheduler["AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__PREDEFINED_QUEUES"])
    assert queues == DEFAULT_QUEUE
    assert worker["AIRFLOW__LOGGING__REMOTE_BASE_LOG_FOLDER"] == "s3://${aws_s3_bucket.task_logs.bucket}/airflow"
    assert worker["AIRFLOW_FARGATE_CLUSTER"] == template.one("aws_ecs_cluster")["name"]
    assert worker["AIRFLOW_FARGATE_SECURITY_GROUP"] == "${aws_security_group.dag_tasks.id}"
    assert (
        worker["AIRFLOW_FARGATE_SUBNETS"].split(",")
        == (
            template.all("aws_ecs_service")["airflow" if name == "compact" else "worker_default"][
                "network_configuration"
            ]["subnets"]
        )
    )


def test_the_compact_task_on_spot() -> None:
    """Whoever accepts the interruption gets the price."""
    template = changed("compact", compact_capacity="FARGATE_SPOT", compact_accept_interruption=True)

    assert template.one("aws_ecs_service")["capacity_provider_strategy"] == [
        {"capacity_provider": "FARGATE_SPOT", "weight": 1}
    ]
