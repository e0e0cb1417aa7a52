"""Requests beyond ECS's limits fail at the local AWS as they fail on AWS."""

from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.aws.endpoint import CLUSTER, Endpoint, until
from tests.programs import python

ROLE = "arn:aws:iam::123456789012:role/airflow-test/x-execution"
FARGATE = {"capacityProvider": "FARGATE", "weight": 1}
SPOT = {"capacityProvider": "FARGATE_SPOT", "weight": 1}
EC2 = {"capacityProvider": "airflow-test-ec2", "weight": 1}


def code_and_message(refused: "pytest.ExceptionInfo[ClientError]") -> tuple[str, str]:
    """Return the two parts of AWS's error."""
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.fixture(name="family", scope="module")
def _family(endpoint: Endpoint) -> str:
    endpoint.folder("limited")
    return endpoint.register("limited", command=["true"])


def container(**changed: object) -> dict[str, Any]:
    """Return overrides of the one container."""
    return {"overrides": {"containerOverrides": [{"name": "limited", **changed}]}}


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (container(command=["x" * 9000]), "Container Overrides length must be at most 8192"),
        (
            {"overrides": {"containerOverrides": [{"name": "other", "command": ["true"]}]}},
            "Override for container named other is not a container in the TaskDefinition.",
        ),
        (
            {"overrides": {"containerOverrides": [{"command": ["true"]}]}},
            "If a non-empty container override is specified, the name parameter must be included.",
        ),
        ({"count": 11}, "count must be between 1 and 10."),
        ({"startedBy": "x" * 129}, "startedBy longer than 128."),
        ({"startedBy": "the team"}, "startedBy contains invalid characters."),
        ({"tags": [{"key": f"k{number}", "value": ""} for number in range(51)]}, "tags can have at most 50 items."),
        ({"tags": [{"key": "k" * 129, "value": ""}]}, "key longer than 128."),
        ({"tags": [{"key": "k", "value": "v" * 257}]}, "value longer than 256."),
        ({"tags": [{"key": "aws:x", "value": ""}]}, "Tag keys must not begin with the reserved prefix aws:."),
        ({"tags": [{"key": "k", "value": "a"}, {"key": "k", "value": "b"}]}, "Duplicate tag keys found."),
        (
            {"tags": [{"key": "k", "value": "<v>"}]},
            "Some tags contain invalid characters. Valid characters: UTF-8 letters, spaces, numbers",
        ),
        ({"propagateTags": "ALL"}, "propagateTags should be one of [TASK_DEFINITION,SERVICE,NONE]"),
        (
            {"launchType": "FARGATE", "capacityProviderStrategy": [FARGATE]},
            "Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.",
        ),
        ({"capacityProviderStrategy": [FARGATE] * 21}, "capacityProviderStrategy can have at most 20 items."),
        ({"capacityProviderStrategy": [{**FARGATE, "weight": 1001}]}, "weight must be at most 1000."),
        ({"capacityProviderStrategy": [{**FARGATE, "weight": 0}]}, "There are no capacity providers with a weight"),
        (
            {"capacityProviderStrategy": [{**FARGATE, "base": 1}, {**SPOT, "base": 1}]},
            "Only one capacity provider in a capacity provider strategy can have a base defined.",
        ),
        (
            {"capacityProviderStrategy": [FARGATE, EC2]},
            "The specified capacity provider strategy cannot contain a mix",
        ),
        (
            {"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"] * 17}}},
            "subnets can have at most 16 items.",
        ),
        (
            {"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["s"], "securityGroups": ["g"] * 6}}},
            "securityGroups can have at most 5 items.",
        ),
        (
            {"networkConfiguration": {}},
            "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
        ),
        ({"networkConfiguration": {"awsvpcConfiguration": {"subnets": []}}}, "subnets can not be empty."),
        (
            {"overrides": {"ephemeralStorage": {"sizeInGiB": 20}}},
            "sizeInGiB must be between 21 and 200.",
        ),
        (
            {"placementStrategy": [{"type": "random"}]},
            "Placement constraints and strategies are not supported for tasks on Fargate.",
        ),
        (
            {"launchType": "EC2", "platformVersion": "LATEST"},
            "The platform version must be null when specifying an EC2 launch type.",
        ),
        (
            {"launchType": "EC2", "overrides": {"ephemeralStorage": {"sizeInGiB": 30}}},
            "The ephemeralStorage override is only supported for tasks hosted on Fargate.",
        ),
    ],
)
def test_a_start_beyond_a_limit_is_refused(
    endpoint: Endpoint, family: str, asked: Mapping[str, Any], message: str
) -> None:
    """A RunTask above a limit is refused with ECS's error, and nothing is started."""
    before = endpoint.ecs.list_tasks(cluster=CLUSTER, family=family)["taskArns"]

    with pytest.raises(ClientError) as refused:
        endpoint.start_task(family, **asked)

    code, sentence = code_and_message(refused)
    assert code == "InvalidParameterException"
    assert sentence.startswith(message)
    assert endpoint.ecs.list_tasks(cluster=CLUSTER, family=family)["taskArns"] == before


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"memory": "4096"}, "No Fargate configuration exists for given values: 256 CPU, 4096 memory."),
        ({"cpu": "1 vCPU"}, "No Fargate configuration exists for given values: 1024 CPU, 512 memory."),
        ({"cpu": "many"}, "Invalid 'cpu' setting for task."),
        (
            {"containerOverrides": [{"name": "limited", "memory": 1024}]},
            "The 'memory' setting for container 'limited' is greater than for the task.",
        ),
    ],
)
def test_a_size_that_fargate_does_not_have_is_refused(
    endpoint: Endpoint, family: str, overrides: Mapping[str, Any], message: str
) -> None:
    """A size that Fargate does not have is refused, in each spelling of ECS."""
    with pytest.raises(ClientError) as refused:
        endpoint.start_task(family, overrides)

    code, sentence = code_and_message(refused)
    assert code == "ClientException"
    assert sentence.startswith(message)


def test_a_start_at_the_limits_is_none_beyond_them(endpoint: Endpoint, family: str) -> None:
    """A RunTask at its limits is accepted."""
    frame = len('{"containerOverrides":[{"name":"limited","command":["true",""]}]}')
    tags = [{"key": f"k{number}", "value": "v" * 256} for number in range(50)]
    asked = container(command=["true", "x" * (8192 - frame)])

    arn = endpoint.start_task(family, count=10, tags=tags, startedBy="s" * 128, **asked)

    assert endpoint.stopped(arn)["stopCode"] == "EssentialContainerExited"


def test_an_inactive_task_definition_starts_nothing(endpoint: Endpoint) -> None:
    """An inactive revision is refused, and a family means its latest active revision."""
    endpoint.folder("inactive")
    family = endpoint.register("inactive", command=["true"])
    definition = endpoint.ecs.describe_task_definition(taskDefinition=family)["taskDefinition"]
    names = ("family", "networkMode", "requiresCompatibilities", "cpu", "memory", "executionRoleArn")
    again = {name: definition[name] for name in (*names, "containerDefinitions")}
    endpoint.ecs.register_task_definition(**again)
    endpoint.ecs.deregister_task_definition(taskDefinition=f"{family}:2")

    with pytest.raises(ClientError) as refused:
        endpoint.start_task(f"{family}:2")

    assert code_and_message(refused) == ("InvalidParameterException", "TaskDefinition is inactive")
    assert endpoint.task(endpoint.start_task(family))["taskDefinitionArn"].endswith(":1")


@pytest.mark.parametrize("place", [{"launchType": "FARGATE"}, {"capacityProviderStrategy": [FARGATE]}])
def test_a_task_definition_of_ec2_does_not_run_on_fargate(endpoint: Endpoint, place: Mapping[str, Any]) -> None:
    """A task definition for EC2 is refused on Fargate."""
    endpoint.ecs.register_task_definition(
        family="ec2-alone",
        networkMode="awsvpc",
        requiresCompatibilities=["EC2"],
        containerDefinitions=[{"name": "a", "image": "i", "memory": 512}],
    )

    with pytest.raises(ClientError, match="Task definition does not support launch_type FARGATE"):
        endpoint.start_task("ec2-alone", **place)


def test_a_task_definition_without_a_task_role_runs_without_credentials(endpoint: Endpoint) -> None:
    """A task without a task role runs without credentials, and is refused with ECS Exec."""
    endpoint.folder("roleless")
    network = endpoint.network
    logs = {"awslogs-group": "/airflow-test/tasks", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "roleless"}
    endpoint.ecs.register_task_definition(
        family="roleless",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        executionRoleArn=ROLE,
        containerDefinitions=[
            {
                "name": "roleless",
                "image": "none",
                "command": python("environment_names", "CREDENTIALS"),
                "logConfiguration": {"logDriver": "awslogs", "options": logs},
            }
        ],
    )

    task = endpoint.stopped(endpoint.start_task("roleless"))

    assert endpoint.output(task) == ["['AWS_SHARED_CREDENTIALS_FILE']"]
    with pytest.raises(ClientError, match="a valid task role is not being used"):
        endpoint.ecs.run_task(
            cluster=CLUSTER,
            taskDefinition="roleless",
            launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": network},
            enableExecuteCommand=True,
        )


def test_a_task_without_a_security_group_starts(endpoint: Endpoint, family: str) -> None:
    """A task without a security group starts in the VPC's default group."""
    network = {"awsvpcConfiguration": {"subnets": endpoint.network["subnets"]}}

    arn = endpoint.start_task(family, networkConfiguration=network)

    until(lambda: endpoint.task(arn)["lastStatus"] == "STOPPED")


@pytest.mark.parametrize(
    ("operation", "asked", "message"),
    [
        ("describe_tasks", {"tasks": ["a" * 32] * 101}, "taskIds can have at most 100 items."),
        ("describe_services", {"services": ["a"] * 11}, "service names can have at most 10 items."),
        ("list_tasks", {"maxResults": 101}, "maxResults must be between 1 and 100."),
        ("list_tasks", {"desiredStatus": "GONE"}, "desiredStatus should be one of [RUNNING,PENDING,STOPPED]"),
        ("update_task_protection", {"tasks": ["a"] * 11, "protectionEnabled": True}, "taskIds can have at most 10"),
        (
            "update_task_protection",
            {"tasks": ["a"], "protectionEnabled": True, "expiresInMinutes": 2881},
            "expiresInMinutes must be between 1 and 2880.",
        ),
    ],
)
def test_a_question_beyond_a_limit_is_refused(
    endpoint: Endpoint, operation: str, asked: Mapping[str, Any], message: str
) -> None:
    """A question above a limit is refused with ECS's error."""
    with pytest.raises(ClientError) as refused:
        getattr(endpoint.ecs, operation)(cluster=CLUSTER, **asked)

    code, sentence = code_and_message(refused)
    assert code == "InvalidParameterException"
    assert sentence.startswith(message)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"family": "a b"}, "Family contains invalid characters."),
        ({"family": "a" * 256}, "family longer than 255."),
        ({"containerDefinitions": [{"name": f"c{i}", "image": "i"} for i in range(11)]}, "containerDefinitions can"),
        ({"containerDefinitions": []}, "Container list cannot be empty."),
        ({"containerDefinitions": [{"name": "a", "image": "i"}] * 2}, "Container names should be unique"),
        ({"containerDefinitions": [{"name": "a", "image": "i", "essential": False}]}, "A task must have at least one"),
        ({"containerDefinitions": [{"name": "a b", "image": "i"}]}, "Container name contains invalid characters."),
        ({"containerDefinitions": [{"name": "a", "image": "i", "command": ["x" * 66_000]}]}, "Actual length: '66"),
        ({"containerDefinitions": [{"name": "a", "image": "i", "stopTimeout": 121}]}, "stopTimeout must be between"),
        (
            {
                "containerDefinitions": [
                    {
                        "name": "a",
                        "image": "i",
                        "environment": [{"name": "A", "value": "b"}],
                        "secrets": [{"name": "A", "valueFrom": "/a"}],
                    }
                ]
            },
            "The secret name must be unique and not shared",
        ),
        (
            {
                "executionRoleArn": "",
                "containerDefinitions": [
                    {"name": "a", "image": "i", "secrets": [{"name": "A", "valueFrom": "/a"}]},
                ],
            },
            "When you are specifying container secrets",
        ),
        (
            {
                "executionRoleArn": "",
                "containerDefinitions": [
                    {"name": "a", "image": "i", "logConfiguration": {"logDriver": "awslogs", "options": {}}}
                ],
            },
            "Fargate requires task definition to have execution role ARN",
        ),
        ({"cpu": ""}, "Fargate requires that 'cpu' be defined at the task level."),
        ({"memory": "4096"}, "No Fargate configuration exists for given values: 256 CPU, 4096 memory."),
        ({"networkMode": "host"}, "Fargate only supports network mode"),
    ],
)
def test_a_task_definition_beyond_a_limit_is_refused(
    endpoint: Endpoint, asked: Mapping[str, Any], message: str
) -> None:
    """A task definition above a limit is refused with ECS's error."""
    good = {
        "family": "good",
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": "256",
        "memory": "512",
        "executionRoleArn": ROLE,
        "containerDefinitions": [{"name": "a", "image": "i"}],
    }

    with pytest.raises(ClientError) as refused:
        endpoint.ecs.register_task_definition(**{**good, **asked})

    code, sentence = code_and_message(refused)
    assert code in ("ClientException", "InvalidParameterException")
    assert sentence.startswith(message)
