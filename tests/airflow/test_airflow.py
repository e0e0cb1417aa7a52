"""Promises of Airflow's processes in the topology of the stage."""

import json

import pytest

from tests.template import Template, environment
from tests.topology import DEFAULT_QUEUE, executes, opened
from tests.variants import variant, with_other_values

ON_LOCALHOST = "http://localhost:8080/execution/"


def test_compact_meets_on_localhost(compact: Template) -> None:
    """The processes of a compact task use localhost, so they need no DNS names and no open ports between them."""
    assert executes(compact, "airflow") == ON_LOCALHOST
    assert not compact.all("aws_service_discovery_service")
    assert opened(compact) == set()


def test_split_opens_what_is_needed_and_no_more(split: Template) -> None:
    """The execution API is open to workers, and the log ports of worker and triggerer only to the api-server."""
    assert executes(split, "worker_default") == "http://api-server.airflow-prod.internal:8080/execution/"
    assert opened(split) == {
        "api_server_from_worker_default_8080",
        "worker_default_from_api_server_8793",
        "triggerer_from_api_server_8794",
    }


def test_limits_follow_the_workers_slots() -> None:
    """Four workers with eight slots run 32 task instances at a time, and twice as many can wait in the queue."""
    template = variant("spot")
    variables = environment(template.containers("scheduler")["scheduler"])

    assert variables["AIRFLOW__CORE__PARALLELISM"] == "96"
    assert environment(template.containers("worker_default")["worker"])["AIRFLOW__CELERY__WORKER_CONCURRENCY"] == "8"


def test_airflow_config_reaches_every_container() -> None:
    """Every process and the migration get the user's options of Airflow in addition to the stack's own."""
    template = with_other_values("split")
    containers = [
        each
        for name, each in template.all_containers()
        if not name.startswith("dag_tasks_") and each["name"] != "autoscaler"
    ]

    assert len(containers) == 6
    for container in containers:
        assert environment(container)["AIRFLOW__CORE__PARALLELISM"] == "7"
        assert environment(container)["AIRFLOW__EMAIL__FROM_EMAIL"] == "airflow@example.com"


def test_a_users_own_xcom_backend_stays() -> None:
    """A stage can use Airflow's default XCom backend, or its own, instead of the stack's."""
    environments = [
        environment(template.containers("worker_default")["worker"])
        for template in (
            variant("split"),
            with_other_values("split"),
        )
    ]

    assert environments[0]["AIRFLOW__CORE__XCOM_BACKEND"] == "airflow_fargate.xcom.XCom"
    assert (
        environments[0]["AIRFLOW__COMMON_IO__XCOM_OBJECTSTORAGE_PATH"] == "s3://${aws_s3_bucket.task_logs.bucket}/xcom"
    )
    assert environments[1]["AIRFLOW__CORE__XCOM_BACKEND"] == "airflow.sdk.bases.xcom.BaseXCom"


@pytest.mark.parametrize("name", ["compact", "split", "existing"])
def test_processes_know_their_stage(name: str) -> None:
    """The processes use the stack's own queue, bucket, database, cluster and network."""
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
    """The compact task runs on Spot if the settings accept the interruption."""
    template = with_other_values("compact")

    assert template.one("aws_ecs_service")["capacity_provider_strategy"] == [
        {"capacity_provider": "FARGATE_SPOT", "weight": 1}
    ]
