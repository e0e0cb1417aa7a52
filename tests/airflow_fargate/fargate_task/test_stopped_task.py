import importlib
from typing import TYPE_CHECKING, Any

import pytest

from tests.airflow_fargate.container import PROJECT

if TYPE_CHECKING:
    from types import ModuleType


@pytest.fixture(name="module")
def _module(monkeypatch: pytest.MonkeyPatch) -> "ModuleType":
    monkeypatch.syspath_prepend(PROJECT / "docker")
    return importlib.import_module("airflow_fargate.fargate_task.stopped_task")


def described(exit_code: int | None, reason: str = "", **more: str) -> dict[str, Any]:
    """Return ECS's description of a stopped task, in which AWS has also run its own container."""
    container: dict[str, Any] = {"name": "multi_task", "lastStatus": "STOPPED"}
    if reason:
        container["reason"] = reason
    if exit_code is not None:
        container["exitCode"] = exit_code
    return {
        "taskArn": "arn:aws:ecs:eu-central-1:123456789012:task/airflow-dev/0f9d",
        "stopCode": "EssentialContainerExited",
        "stoppedReason": "Essential container in task exited",
        "containers": [{"name": "aws-guardduty-agent", "exitCode": 137}, container],
        **more,
    }


@pytest.mark.parametrize(
    ("task", "succeeded", "sentence"),
    [
        (
            described(0),
            True,
            "tasks/multi_task ended with exit code 0: Essential container in task exited (ECS task 0f9d)",
        ),
        (
            described(3),
            False,
            "tasks/multi_task ended with exit code 3: Essential container in task exited (ECS task 0f9d)",
        ),
        (
            described(137, reason="OutOfMemoryError: killed", stoppedReason="OOM"),
            False,
            "tasks/multi_task ended with exit code 137: OutOfMemoryError: killed; OOM (ECS task 0f9d)",
        ),
        (
            described(None, stopCode="TaskFailedToStart", stoppedReason="CannotPullContainerError: no such image"),
            False,
            "tasks/multi_task did not start: CannotPullContainerError: no such image (ECS task 0f9d)",
        ),
        (
            described(None, stopCode="SpotInterruption", stoppedReason="Your Spot Task was interrupted."),
            False,
            "tasks/multi_task ended without an exit code: Your Spot Task was interrupted. (ECS task 0f9d)",
        ),
        (
            {"taskArn": "arn:aws:ecs:eu-central-1:123456789012:task/airflow-dev/0f9d"},
            False,
            "tasks/multi_task ended without an exit code: ECS gives no reason (ECS task 0f9d)",
        ),
    ],
    ids=["success", "failure", "out of memory", "no image", "spot", "nothing said"],
)
def test_a_sentence_has_the_end_and_its_reason(
    module: "ModuleType", task: dict[str, Any], *, succeeded: bool, sentence: str
) -> None:
    """The sentence has the exit code and the reason of the task's own container."""
    stopped = module.StoppedTask("multi_task", task)

    assert (stopped.succeeded, str(stopped)) == (succeeded, sentence)
