"""Stop all ECS tasks of a stage before Terraform destroys it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_on_fargate.operations.services import in_parts
from airflow_on_fargate.operations.waiting import OperationError, local_time, wait_until
from constructs_lib.ecs.what_runs import NOTHING
from constructs_lib.shared.ecs import DESCRIBED_TASKS

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_on_fargate.operations.composed_stage import ComposedStage
    from airflow_on_fargate.operations.running import RunningParameter
    from airflow_on_fargate.operations.waiting import Clock, Report

LIMIT_SEC = 10 * 60
"""A container has two minutes to end; Fargate then takes some time to stop the task."""
PERIOD_SEC = 5
REASON = "airflow-fargate destroy"
"""The reason that ECS reports for the stop of a task."""


class StopTasks:
    """
    Stops the services and all other tasks of a stage's cluster; *ecs* is boto3's client.

    `terraform destroy` could fail without this. `DeleteService` waits until no task of the service runs, a busy worker
    extends its protection while it has work, and the provider times out after 20 minutes. ECS does not delete a cluster
    in which on-demand tasks run. `StopTask` also stops protected tasks. A stage that is not deployed, or is partly
    destroyed, has fewer tasks.
    """

    def __init__(
        self,
        stage: ComposedStage,
        running: RunningParameter,
        *,
        ecs: Any,  # noqa: ANN401 boto3 creates the type
        report: Report,
        clock: Clock,
    ) -> None:
        self._stage, self._running, self._ecs = stage, running, ecs
        self._report, self._clock = report, clock

    def stop(self, agree: Callable[[str], bool]) -> None:
        """
        Stop all tasks if *agree* returns true for the question, and wait until they have ended.

        Raises:
            OperationError: the user did not agree, or tasks still run after ten minutes.

        """
        tasks, services = self._tasks(), self._services()
        if not tasks and not services:
            self._report(f"no task runs in {self._stage.name}")
            return
        if not agree(f"Stop the {len(tasks)} running tasks of {self._stage.name}? Their work is lost."):
            msg = f"{self._stage.name} was not destroyed, because you did not agree to stop its tasks"
            raise OperationError(msg)
        if self._running.read() is not None:
            self._running.write(NOTHING)
        sentence = f"tasks of {self._stage.name} still run"
        wait_until(self._stopped, sentence, LIMIT_SEC, PERIOD_SEC, self._clock)
        self._line(f"no task runs in {self._stage.name}")

    def _stopped(self) -> bool | None:
        """Set the services to 0 tasks and stop all tasks; return True when none is left, else None."""
        services = self._services()
        for service in services:
            self._ecs.update_service(cluster=self._stage.cluster, service=service, desiredCount=0)
            self._line(f"{service}: desired count set to 0")
        tasks = self._tasks()
        running = [task["taskArn"] for task in tasks if task["desiredStatus"] == "RUNNING"]
        for task in running:
            self._ecs.stop_task(cluster=self._stage.cluster, task=task, reason=REASON)
        if running:
            self._line(f"stopping {len(running)} tasks")
        return None if tasks or services else True

    def _tasks(self) -> list[dict[str, Any]]:
        """Return the tasks of the cluster that have not ended."""
        try:
            listed = [
                arn
                # ECS lists a task that is being stopped among those that stopped in the last hour.
                for status in ("RUNNING", "STOPPED")
                for page in self._ecs.get_paginator("list_tasks").paginate(
                    cluster=self._stage.cluster, desiredStatus=status
                )
                for arn in page["taskArns"]
            ]
        except self._ecs.exceptions.ClusterNotFoundException:
            return []
        return [
            task
            for some in in_parts(listed, DESCRIBED_TASKS)
            for task in self._ecs.describe_tasks(cluster=self._stage.cluster, tasks=some)["tasks"]
            if task["lastStatus"] != "STOPPED"
        ]

    def _services(self) -> list[str]:
        """Return the names of the services whose desired count is not 0."""
        found = []
        for service in self._stage.services:
            try:
                answer = self._ecs.describe_services(cluster=self._stage.cluster, services=[service.name])
            except self._ecs.exceptions.ClusterNotFoundException:
                return []
            if any(each["status"] == "ACTIVE" and each["desiredCount"] for each in answer["services"]):
                found.append(service.name)
        return found

    def _line(self, text: str) -> None:
        self._report(f"{local_time(self._clock.now())}  {text}")


def ask(question: str) -> bool:
    """Ask the *question* as Terraform does, and return whether the answer is yes."""
    try:
        return input(f"{question}\nOnly 'yes' is accepted: ").strip() == "yes"
    except EOFError:
        return False
