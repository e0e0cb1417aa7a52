"""Promises of how a task that did not stay is explained."""

from typing import Any

import pytest

from airflow_on_fargate.operations.failed_task import explain, has_failed

TASK = {"taskArn": "arn:aws:ecs:eu-central-1:123456789012:task/airflow-dev/0a1b"}
ENDED = "Essential container in task exited"


def definition(*containers: str) -> dict[str, Any]:
    """Return a task definition whose containers, but those named `quiet`, have a log."""
    return {
        "containerDefinitions": [
            {"name": name}
            if name == "quiet"
            else {
                "name": name,
                "logConfiguration": {
                    "options": {"awslogs-group": "/airflow-dev/airflow", "awslogs-stream-prefix": name}
                },
            }
            for name in containers
        ]
    }


def sentence(containers: list[dict[str, Any]], reason: str = ENDED) -> str:
    """Return the sentence about a task with these containers."""
    known = definition("scheduler", "migrate", "quiet")
    return explain(TASK | {"stoppedReason": reason, "containers": containers}, known, region="eu-central-1")


def test_the_container_that_failed_is_named_with_its_log() -> None:
    """The failed container is reported with its exit code, its reason, and the command that shows its log."""
    migrate = {"name": "migrate", "exitCode": 1, "reason": "OutOfMemoryError: container killed"}

    assert sentence([{"name": "scheduler"}, migrate]) == (
        "task 0a1b stopped: Essential container in task exited; container migrate ended with exit code 1"
        " (OutOfMemoryError: container killed); its log: aws logs tail /airflow-dev/airflow --region eu-central-1"
        " --log-stream-names migrate/migrate/0a1b"
    )


def test_an_ill_container_is_to_blame_for_the_others() -> None:
    """An unhealthy container is reported, and those that ECS stopped because of it are not."""
    ill = {"name": "scheduler", "healthStatus": "UNHEALTHY", "exitCode": 137}

    reason = sentence([ill, {"name": "migrate", "exitCode": 143}], "Task failed container health checks")

    assert "container scheduler was unhealthy ended with exit code 137" not in reason
    assert "container scheduler was unhealthy, ended with exit code 137;" in reason
    assert "migrate" not in reason


def test_a_task_that_never_started_has_its_own_reason() -> None:
    """A task that never started is reported with its own reason, without a container or a log."""
    assert sentence([{"name": "scheduler"}], "ResourceInitializationError: no route to secrets.") == (
        "task 0a1b stopped: ResourceInitializationError: no route to secrets"
    )
    assert explain(TASK, definition(), region="eu-central-1") == "task 0a1b stopped: ECS gives no reason"


@pytest.mark.parametrize("name", ["quiet", "aws-guardduty-agent"])
def test_a_container_without_a_log_is_named_alone(name: str) -> None:
    """A container without a log is reported without a command."""
    assert sentence([{"name": name, "exitCode": 2}]).endswith(f"container {name} ended with exit code 2")


def test_a_container_that_was_never_there_has_a_reason_alone() -> None:
    """A container that never ran is reported with its reason."""
    reason = sentence([{"name": "scheduler", "reason": "CannotPullContainerError"}])

    assert "; container scheduler did not run (CannotPullContainerError); its log" in reason


@pytest.mark.parametrize(
    ("reason", "failed"),
    [(ENDED, True), ("Scaling activity initiated by (deployment ecs-svc/1)", False)],
)
def test_a_task_too_many_has_not_failed(reason: str, failed: bool) -> None:
    """A task of an old deployment, or above a lower count, has not failed."""
    assert has_failed(TASK | {"stoppedReason": reason}) is failed
