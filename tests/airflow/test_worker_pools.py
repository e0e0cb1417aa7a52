"""Promises of the pools of workers in the topology of the stage."""

from constructs_lib.engine.synthesized_stack import capacity
from constructs_lib.engine.template import resource_names
from tests.template import environment
from tests.topology import DEFAULT_QUEUE, SPOT_QUEUE, executes, opened, queues
from tests.variants import variant, with_other_values


def test_a_worker_pool_reaches_the_api_server_by_name() -> None:
    """A worker pool reaches the api-server by its DNS name, and the api-server fetches logs from the pool."""
    template = variant("worker_pool")

    assert executes(template, "worker_default") == "http://api-server.airflow-pool.internal:8080/execution/"
    assert template.containers("airflow").keys() == {
        *("migrate", "api-server", "scheduler", "dag-processor", "triggerer", "autoscaler")
    }
    assert opened(template) == {"airflow_from_worker_default_8080", "worker_default_from_airflow_8793"}
    assert capacity(template.all("aws_ecs_service")["worker_default"]["desired_count"]) == 3
    assert "ecs:RunTask" in template.actions("worker_default_task")
    assert "ecs:RunTask" not in template.actions("airflow_task")


def test_pools_serve_queues_beside_the_compact_task() -> None:
    """The compact task's worker serves `default`, and each pool has its own queue, slots, size and processor."""
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
    """A pool with another processor than the stage runs a second image."""
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
    """A pool's permissions are in the role of that pool only."""
    template = with_other_values("no_nat")

    assert [name for name, each in template.statements() if each["Resource"] == ["arn:aws:s3:::vendor/*"]] == [
        "worker_spot_task"
    ]


def test_a_pool_takes_from_its_own_queue() -> None:
    """A worker can receive only from its own pool's queue, and the scheduler can send to all queues."""
    template = variant("worker_pools")

    received = [
        (name, queue)
        for name, statement in template.statements()
        if "sqs:ReceiveMessage" in statement["Action"]
        for queue in resource_names(statement["Resource"], "aws_sqs_queue")
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
        for queue in resource_names(statement["Resource"], "aws_sqs_queue")
    ]
    assert sorted(sent) == ["queue_default", "queue_high_memory", "queue_spot"]
