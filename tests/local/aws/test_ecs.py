from datetime import datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.aws.endpoint import CLUSTER, Endpoint, until
from tests.programs import code, python

WAIT = python("wait")


def test_a_task_that_ends_well(endpoint: Endpoint) -> None:
    """A task that succeeds is STOPPED with exit code 0, and its log has all lines of both outputs."""
    endpoint.folder("well")

    task = endpoint.run("well", python("two_outputs"))

    assert task["containers"][0]["exitCode"] == 0
    assert task["containers"][0]["lastStatus"] == task["desiredStatus"] == "STOPPED"
    assert task["stopCode"] == "EssentialContainerExited"
    assert endpoint.output(task) == ["one", "two"]
    assert isinstance(task["createdAt"], datetime)
    assert task["createdAt"] <= task["startedAt"] <= task["stoppedAt"]


def test_a_task_that_fails(endpoint: Endpoint) -> None:
    """A failed task has the exit code of its process."""
    endpoint.folder("fails")

    assert endpoint.run("fails", ["python", "-c", "raise SystemExit(3)"])["containers"][0]["exitCode"] == 3


def test_to_describe_a_task_does_not_change_it(endpoint: Endpoint) -> None:
    """Describing a task does not change its state."""
    endpoint.folder("described")
    arn = endpoint.start_task(endpoint.register("described", command=WAIT))
    until(lambda: endpoint.task(arn)["lastStatus"] == "RUNNING")

    assert {endpoint.task(arn)["lastStatus"] for _ in range(10)} == {"RUNNING"}

    endpoint.ecs.stop_task(cluster=CLUSTER, task=arn)


def test_a_running_task_is_found_again(endpoint: Endpoint) -> None:
    """A running task is found by `startedBy`, family and desired status, and a stopped one is not."""
    endpoint.folder("again")
    family = endpoint.register("again", command=WAIT)
    arn = endpoint.start_task(family, startedBy="airflow-1", launchType="FARGATE")
    endpoint.start_task(family, {"containerOverrides": [{"name": "again", "command": ["true"]}]}, startedBy="other")
    wanted = {"cluster": CLUSTER, "family": family, "desiredStatus": "RUNNING", "startedBy": "airflow-1"}

    assert endpoint.ecs.list_tasks(**wanted)["taskArns"] == [arn]

    endpoint.ecs.stop_task(cluster=CLUSTER, task=arn)
    endpoint.stopped(arn)

    assert endpoint.ecs.list_tasks(**wanted)["taskArns"] == []


def test_what_a_run_asks_for_is_kept(endpoint: Endpoint) -> None:
    """The description of a task has the overrides, tags and capacity of its RunTask."""
    endpoint.folder("kept")
    family = endpoint.register("kept")
    overrides = {"containerOverrides": [{"name": "kept", "command": ["true"]}], "cpu": "512", "memory": "1024"}

    task = endpoint.task(endpoint.start_task(family, overrides, tags=[{"key": "a", "value": "b"}]))

    assert task["overrides"] == overrides
    assert task["tags"] == [{"key": "a", "value": "b"}]
    assert task["capacityProviderName"] == "FARGATE_SPOT"


@pytest.mark.parametrize(
    ("asked", "described"),
    [
        (
            {"capacityProviderStrategy": [{"capacityProvider": "airflow-test-ec2", "weight": 1}]},
            {"capacityProviderName": "airflow-test-ec2"},
        ),
        ({"launchType": "EC2"}, {"launchType": "EC2"}),
    ],
)
def test_a_task_of_ec2_runs_as_one_of_fargate(
    endpoint: Endpoint, asked: dict[str, Any], described: dict[str, str]
) -> None:
    """A task for EC2 runs here without an instance and keeps its capacity."""
    providers = ["FARGATE", "FARGATE_SPOT", "airflow-test-ec2"]
    endpoint.ecs.put_cluster_capacity_providers(
        cluster=CLUSTER, capacityProviders=providers, defaultCapacityProviderStrategy=[]
    )
    name = f"on_{next(iter(asked))}".lower()
    endpoint.folder(name)

    task = endpoint.stopped(endpoint.start_task(endpoint.register(name, command=["python", "-c", "print(1)"]), **asked))

    assert task["containers"][0]["exitCode"] == 0
    assert endpoint.output(task) == ["1"]
    assert {key: task.get(key) for key in described} == described


def test_a_provider_that_the_cluster_does_not_have_is_refused(endpoint: Endpoint) -> None:
    """A capacity provider that the cluster does not have is refused with its name."""
    endpoint.folder("nowhere")
    family = endpoint.register("nowhere", command=["true"])

    with pytest.raises(ClientError, match="capacity provider airflow-other-ec2 was not found"):
        endpoint.start_task(family, capacityProviderStrategy=[{"capacityProvider": "airflow-other-ec2", "weight": 1}])


def test_the_command_and_the_environment_of_a_run_come_first(endpoint: Endpoint) -> None:
    """Command and environment of RunTask override those of the task definition."""
    endpoint.folder("overridden")
    environment = [{"name": "A", "value": "definition"}, {"name": "B", "value": "definition"}]
    family = endpoint.register("overridden", command=["false"], environment=environment)
    command = python("environment", "A", "B")
    override = {"name": "overridden", "command": command, "environment": [{"name": "A", "value": "run"}]}

    task = endpoint.stopped(endpoint.start_task(family, {"containerOverrides": [override]}))

    assert endpoint.output(task) == ["run definition"]


def test_several_tasks_at_once(endpoint: Endpoint) -> None:
    """Each task of a `count` runs separately."""
    endpoint.folder("several")
    family = endpoint.register("several", command=["python", "-c", "print('here')"])
    endpoint.start_task(family, count=3, startedBy="several")
    tasks = endpoint.ecs.list_tasks(cluster=CLUSTER, startedBy="several")["taskArns"]

    assert [endpoint.output(endpoint.stopped(arn)) for arn in tasks] == [["here"]] * 3


def test_a_task_that_is_not_there_cannot_be_stopped(endpoint: Endpoint) -> None:
    """Stopping a task that does not exist is ECS's error."""
    with pytest.raises(ClientError) as refused:
        endpoint.ecs.stop_task(cluster=CLUSTER, task="a" * 32)

    assert refused.value.response["Error"]["Code"] == "InvalidParameterException"
    assert "The referenced task was not found." in str(refused.value)


def test_a_task_without_its_log_group_fails_to_start(endpoint: Endpoint) -> None:
    """A task without its log group fails to start."""
    endpoint.folder("unlogged")
    options = {"awslogs-group": "/none", "awslogs-stream-prefix": "unlogged"}

    task = endpoint.run("unlogged", ["true"], logConfiguration={"logDriver": "awslogs", "options": options})

    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"].startswith("ResourceInitializationError: ")
    assert "/none" in task["stoppedReason"]


def test_a_task_may_log_elsewhere(endpoint: Endpoint) -> None:
    """The task runs, and CloudWatch has no line of it."""
    endpoint.folder("elsewhere")

    task = endpoint.run("elsewhere", ["python", "-c", "print(1)"], logConfiguration={"logDriver": "awsfirelens"})

    assert task["containers"][0]["exitCode"] == 0
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        endpoint.output(task)


def test_a_task_of_ec2_may_have_no_limit_of_memory(endpoint: Endpoint) -> None:
    """A task on EC2 needs no size."""
    endpoint.folder("unlimited")
    endpoint.ecs.register_task_definition(
        family="unlimited",
        containerDefinitions=[{"name": "unlimited", "image": "none", "command": ["true"], "memory": 512}],
    )
    started = endpoint.ecs.run_task(cluster=CLUSTER, taskDefinition="unlimited", launchType="EC2")

    assert endpoint.stopped(started["tasks"][0]["taskArn"])["containers"][0]["exitCode"] == 0


def test_a_task_that_uses_more_memory_than_it_has_is_killed(endpoint: Endpoint) -> None:
    """A task above its memory, with all its children, is killed with exit code 137 and a reason."""
    endpoint.folder("grows")

    task = endpoint.run("grows", python("run_child", code("grow"), "600", "60"))

    assert task["containers"][0]["exitCode"] == 137
    assert task["containers"][0]["reason"] == "OutOfMemoryError: Container killed due to memory usage"
    assert task["stopCode"] == "EssentialContainerExited"


def test_the_memory_of_a_run_is_its_own(endpoint: Endpoint) -> None:
    """An override of memory changes the limit."""
    endpoint.folder("fits")
    family = endpoint.register("fits", command=python("grow", "600", "2"))

    task = endpoint.stopped(endpoint.start_task(family, {"cpu": "256", "memory": "1024"}))

    assert task["containers"][0]["exitCode"] == 0


def test_a_line_longer_than_cloudwatch_takes_comes_in_parts(endpoint: Endpoint) -> None:
    """A line that is too long for CloudWatch arrives in parts."""
    endpoint.folder("long_line")

    lines = endpoint.output(endpoint.run("long_line", ["python", "-c", "print('x' * 300_000)"]))

    assert [len(line) for line in lines] == [262_118, 300_000 - 262_118]
