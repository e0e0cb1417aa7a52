"""The end of an ECS task as a sentence (AWS: "Stopped task error messages")."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from typing_extensions import override

SUCCESS = 0


@dataclass(frozen=True)
class StoppedTask:
    """
    The end of the container *container*, named after its folder, in the response of `DescribeTasks` for one task.

    Other containers do not count: AWS adds some, such as that of GuardDuty.
    """

    container: str
    described: Mapping[str, Any]

    @property
    def exit_code(self) -> int | None:
        """The exit code; None: the container has none, because it never ran or its host failed."""
        found: int | None = self._container.get("exitCode")
        return found

    @property
    def started(self) -> bool:
        """Whether the task has run its container."""
        return bool(self.described.get("stopCode") != "TaskFailedToStart")

    @property
    def succeeded(self) -> bool:
        """Whether the container succeeded."""
        return self.started and self.exit_code == SUCCESS

    @override
    def __str__(self) -> str:
        """Return a sentence: which task ended, how, and why."""
        if not self.started:
            how = "did not start"
        elif self.exit_code is None:
            how = "ended without an exit code"
        else:
            how = f"ended with exit code {self.exit_code}"
        # The container's reason is more exact, such as OutOfMemoryError; often there is none.
        reasons = [self._container.get("reason"), self.described.get("stoppedReason")]
        why = "; ".join(dict.fromkeys(reason for reason in reasons if reason)) or "ECS gives no reason"
        return f"tasks/{self.container} {how}: {why} (ECS task {self.described['taskArn'].rpartition('/')[2]})"

    @property
    def _container(self) -> Mapping[str, Any]:
        containers = self.described.get("containers", [])
        return next((each for each in containers if each.get("name") == self.container), {})


def stop_failed(cluster: str, arn: str, error: object) -> str:
    """Return the message about an ECS task that cannot be stopped."""
    return (
        f"The ECS task {arn} cannot be stopped and may still run: {error}. The triggerer tries again within minutes; to"
        f" stop it yourself: aws ecs stop-task --cluster {cluster} --task {arn}"
    )
