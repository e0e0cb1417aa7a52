"""Promises of `make local STAGE=prod CONTAINERS=1`: what a first deployment of `prod` starts, in its images."""

import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

import pytest

from airflow_on_fargate.local.containers import ContainerDefinition, airflow_containers
from airflow_on_fargate.local.template import Template
from constructs_lib.settings.processes import AUTOSCALER, MIGRATE
from constructs_lib.shared.workers_missing import METRIC, NAMESPACE, dimensions
from tests.local.stack import Stack
from tests.local.stack_in_containers import containers, inspected, python, running_in_containers
from tests.programs import code

pytestmark = [pytest.mark.docker, pytest.mark.local]

WORKER = "worker-default"
"""The worker of the stage's one pool."""


@pytest.fixture(name="prod", scope="module")
def _prod() -> Iterator[Stack]:
    """Run the stage `prod` in containers."""
    with running_in_containers("prod") as stack:
        yield stack


def services(stack: Stack) -> Mapping[str, ContainerDefinition]:
    """Return the composed containers of the services, by the name of their program."""
    composed = airflow_containers(Template(stack.state.template("prod")))
    return {each.program: each for each in composed if each.name != MIGRATE.name}


def test_each_service_is_healthy_in_the_image(prod: Stack) -> None:
    """Each service's process is healthy in the composed image."""
    composed = services(prod)

    assert {AUTOSCALER.name, WORKER} < composed.keys()
    assert len(containers(prod, "process")) == len(composed)
    for program, container in composed.items():
        found = inspected(prod, program)
        assert found["State"]["Health"]["Status"] == "healthy", program
        assert found["RestartCount"] == 0
        assert found["Config"]["Image"] == f"airflow-prod-airflow:{container.definition['image'].rpartition(':')[2]}"
        assert found["Config"]["Cmd"] == container.definition["command"]


def test_each_service_has_its_own_role(prod: Stack) -> None:
    """A container gets the credentials of its service's role only."""
    composed = services(prod)

    roles = {program: python(prod, program, code("caller")).split("/")[-2] for program in composed}

    ecs = prod.client("ecs")
    for program, container in composed.items():
        task = ecs.describe_task_definition(taskDefinition=container.family)["taskDefinition"]
        assert roles[program] == task["taskRoleArn"].rpartition("/")[2]


def test_the_sample_runs_to_success(prod: Stack) -> None:
    """The sample runs with every service in its own containers."""
    ran = prod.command("run", "Test_Dag", "--conf", '{"upper_bound": 6}')

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.splitlines()[-1] == "Test_Dag: success"
    assert " succeeded in " in prod.supervisor.log_file(WORKER).read_text()


def test_the_autoscaler_publishes_what_the_pool_is_missing(prod: Stack) -> None:
    """The autoscaler publishes the metric of the pool's alarms without an error."""
    cloudwatch = prod.client("cloudwatch")
    names = dimensions(cluster="airflow-prod", service=WORKER)
    wanted = [{"Name": name, "Value": value} for name, value in names.items()]
    end = time.monotonic() + 45
    points: list[Mapping[str, float]] = []

    while not points:
        assert time.monotonic() < end, prod.supervisor.log_file(AUTOSCALER.name).read_text()
        now = datetime.now(UTC)
        points = cloudwatch.get_metric_statistics(
            Namespace=NAMESPACE,
            MetricName=METRIC,
            Dimensions=wanted,
            StartTime=now - timedelta(minutes=30),
            EndTime=now + timedelta(minutes=1),
            Period=60,
            Statistics=["SampleCount"],
        )["Datapoints"]
        time.sleep(1)

    assert [each for each in prod.supervisor.log_file(AUTOSCALER.name).read_text().splitlines() if "WARN" in each] == []
