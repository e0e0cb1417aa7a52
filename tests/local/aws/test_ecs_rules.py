"""All reasons for which ECS would refuse a request, as the local AWS finds them; the first one is answered."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from airflow_on_fargate.local.aws.ecs_limits import EcsLimits
from tests.local.aws.endpoint import REGION

CONTAINERS = [{"name": "a", "image": "i", "memory": 512}]
NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}
FARGATE = {"family": "any", "requiresCompatibilities": ["FARGATE"], "cpu": "256", "memory": "512"}
ON_FARGATE = "Placement constraints and strategies are not supported for tasks on Fargate."


@pytest.fixture(name="ecs", scope="module")
def _ecs() -> Iterator[Any]:
    """Return a client of moto's ECS, with a cluster that runs tasks on Fargate by default."""
    with mock_aws():
        ecs = boto3.client("ecs", region_name=REGION, aws_access_key_id="a", aws_secret_access_key="b")
        fargate = {"capacityProvider": "FARGATE", "weight": 1}
        ecs.create_cluster(
            clusterName="fargate", capacityProviders=["FARGATE"], defaultCapacityProviderStrategy=[fargate]
        )
        ecs.create_cluster(clusterName="plain")
        yield ecs


def refusals(operation: str, **request: Any) -> list[tuple[str, str]]:  # noqa: ANN401 as AWS takes it
    """Return the codes and messages of all refusals of *request*."""
    return list(EcsLimits(None, region=REGION).refusals(operation, request))


@pytest.mark.usefixtures("ecs")
def test_a_task_definition_that_is_missing_is_the_only_reason() -> None:
    """A request without an existing task definition is refused only for that."""
    assert refusals("RunTask", taskDefinition="none", networkConfiguration={}) == [
        ("ClientException", "Unable to describe task definition.")
    ]


@pytest.mark.parametrize("name", ["cpu", "memory"])
def test_a_size_that_is_missing_is_the_only_reason(name: str) -> None:
    """A missing CPU or memory is the only refusal of a size."""
    definition = {key: value for key, value in FARGATE.items() if key != name}

    assert refusals("RegisterTaskDefinition", **definition, containerDefinitions=CONTAINERS) == [
        ("ClientException", f"Fargate requires that '{name}' be defined at the task level.")
    ]


def test_a_size_that_is_no_number_is_the_only_reason() -> None:
    """A size that is not a number is not compared with that of a container."""
    definition = FARGATE | {"cpu": "many", "containerDefinitions": [{"name": "a", "memory": 9999}]}

    assert refusals("RegisterTaskDefinition", **definition) == [("ClientException", "Invalid 'cpu' setting for task.")]


def test_a_task_definition_for_ec2_as_well_may_have_a_size_of_ec2(ecs: Any) -> None:  # noqa: ANN401 boto3 makes it
    """A task definition for Fargate and EC2 can have a size of EC2, and is refused only on Fargate."""
    both = FARGATE | {"family": "both", "requiresCompatibilities": ["EC2", "FARGATE"], "memory": "600"}
    assert refusals("RegisterTaskDefinition", **both, containerDefinitions=CONTAINERS) == []
    ecs.register_task_definition(**both, containerDefinitions=CONTAINERS)
    asked = {"taskDefinition": "both", "networkConfiguration": NETWORK}

    assert refusals("RunTask", **asked, launchType="EC2") == []
    [(code, message)] = refusals("RunTask", **asked, launchType="FARGATE")
    assert code == "ClientException"
    assert message.startswith("No Fargate configuration exists for given values: 256 CPU, 600 memory.")


def test_a_network_is_for_tasks_with_their_own_interface(ecs: Any) -> None:  # noqa: ANN401 as above
    """A network configuration is only for tasks with their own network interface."""
    ecs.register_task_definition(family="bridge", networkMode="bridge", containerDefinitions=CONTAINERS)

    assert refusals("RunTask", taskDefinition="bridge", launchType="EC2") == []
    assert refusals("RunTask", taskDefinition="bridge", launchType="EC2", networkConfiguration=NETWORK) == [
        (
            "InvalidParameterException",
            "Network Configuration is not valid for the given networkMode of this task definition.",
        )
    ]


@pytest.mark.parametrize(
    ("cluster", "expected"),
    [("fargate", [("InvalidParameterException", ON_FARGATE)]), ("plain", []), ("missing", [])],
)
def test_the_clusters_default_strategy_decides_where_a_task_runs(
    ecs: Any,  # noqa: ANN401 as above
    cluster: str,
    expected: list[tuple[str, str]],
) -> None:
    """Without a launch type or a strategy the cluster's default strategy applies, and without that EC2."""
    ecs.register_task_definition(**FARGATE, containerDefinitions=CONTAINERS)
    asked = {
        "taskDefinition": "any",
        "cluster": cluster,
        "networkConfiguration": NETWORK,
        "placementStrategy": [{"type": "random"}],
    }

    assert refusals("RunTask", **asked) == expected


def test_what_ecs_does_not_have_is_left_to_moto() -> None:
    """Operations and parameters without known limits are passed to moto."""
    assert refusals("StartNothing", anything=1) == []
    assert refusals("ListTasks", anything=1) == []
