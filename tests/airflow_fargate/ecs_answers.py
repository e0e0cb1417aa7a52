"""What ECS and CloudWatch Logs answer to a `FargateTaskOperator`."""

from collections.abc import Mapping
from typing import Any

from tests.airflow_fargate.aws import Refusal

LINES = ["reading", "Traceback (most recent call last):", "ValueError: no such file"]
JSON = '{"rows": 7}'
NO_ROOM = "Capacity is unavailable at this time. Please try again later or in a different availability zone"
ENDS_WELL = ("good", "sized", "not-known-yet", "numbers", "owned", "attached", "launch-type")
REFUSALS = {
    "full": NO_ROOM,
    "full-for-long": "You've reached the limit on the number of vCPUs you can run concurrently",
    "full-for-a-day": NO_ROOM,
    "unplaceable": "MemberOf placement constraint unsatisfied.",
}

UNREADABLE = {
    "no-stream": Refusal(code="ResourceNotFoundException", message="no such stream"),
    "no-log-role": Refusal(code="AccessDeniedException", message="not authorized to perform: logs:GetLogEvents"),
}
ARN = "arn:aws:ecs:eu-central-1:123456789012:task/{0}/{0}-1"


class Server:
    """What ECS and CloudWatch Logs answer: a task is running when it is looked at first, and then has stopped."""

    def __init__(self) -> None:
        self._looks: dict[str, int] = {}
        self._stopped: set[str] = set()

    def answer(self, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the answer to one request."""
        if operation == "GetLogEvents":
            return self._log_events(parameters)
        if operation == "ListTasks":
            return {"taskArns": [ARN.format("attached")] if parameters["cluster"] == "attached" else []}
        cluster = parameters["cluster"]
        arn = ARN.format(cluster)
        if operation == "RunTask":
            refused = cluster in REFUSALS
            return {
                "tasks": [] if refused else [{"taskArn": arn}],
                "failures": [{"reason": REFUSALS[cluster]}] if refused else [],
            }
        if operation == "StopTask":
            if cluster == "not-stopped":
                raise Refusal(code="AccessDeniedException", message="not authorized to perform: ecs:StopTask")
            self._stopped.add(cluster)
            return {"task": {"taskArn": arn}}
        assert operation == "DescribeTasks"
        return self._described(cluster, arn)

    @staticmethod
    def _log_events(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        for name, refusal in UNREADABLE.items():
            if name in parameters["logStreamName"]:
                raise refusal
        lines = [] if "silent" in parameters["logStreamName"] or parameters.get("nextToken") else LINES
        if "json" in parameters["logStreamName"]:
            lines = [*lines, JSON]
        events = [{"timestamp": 1_000 + number, "message": line} for number, line in enumerate(lines)]
        limit = parameters.get("limit", len(events))
        return {"events": events[-limit:], "nextForwardToken": "end"}

    def _described(self, cluster: str, arn: str) -> Mapping[str, Any]:
        self._looks[cluster] = self._looks.get(cluster, 0) + 1
        if cluster == "forgotten" or (cluster == "not-known-yet" and self._looks[cluster] == 1):
            return {"tasks": [], "failures": [{"arn": arn, "reason": "MISSING"}]}
        runs_until_stopped = cluster in {"slow", "interrupted"} and cluster not in self._stopped
        if runs_until_stopped or self._looks[cluster] == 1:
            return {"tasks": [{"taskArn": arn, "lastStatus": "RUNNING"}], "failures": []}
        return {"tasks": [{"taskArn": arn, "lastStatus": "STOPPED", **self._end(cluster)}], "failures": []}

    @staticmethod
    def _end(cluster: str) -> dict[str, Any]:
        if cluster == "never":
            container: dict[str, Any] = {"name": "multi_task"}
            return {
                "stopCode": "TaskFailedToStart",
                "stoppedReason": "CannotPullContainerError: no such image",
                "containers": [container],
            }
        code = 0 if cluster in ENDS_WELL or "output" in cluster else 3
        return {
            "stopCode": "EssentialContainerExited",
            "stoppedReason": "Essential container in task exited",
            "containers": [{"name": "multi_task", "lastStatus": "STOPPED", "exitCode": code}],
        }
