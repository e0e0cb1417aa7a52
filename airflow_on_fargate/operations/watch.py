"""Watch a deployment until the core processes of a stage have taken it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_on_fargate.operations import failed_task, rollout
from airflow_on_fargate.operations.rollout import Rollout, State, still_at_work
from airflow_on_fargate.operations.waiting import CLOCK, OperationError, local_time, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from airflow_on_fargate.operations.composed_stage import ComposedService
    from airflow_on_fargate.operations.services import Services
    from airflow_on_fargate.operations.waiting import Clock, Tell

LIMIT_SEC = 30 * 60
"""
ECS's circuit breaker gives up after three tasks; one that never gets healthy takes the five minutes it has to start, a
minute and a half of health checks, and its way to Fargate and off it.
"""
PERIOD_SEC = 5
BAD = (State.ROLLED_BACK, State.FAILED)


class Watch:
    """Follows what ECS does with *services*, and tells it line by line."""

    def __init__(self, services: Services, *, tell: Tell = say, clock: Clock = CLOCK) -> None:
        self._services = services
        self._stage = services.stage
        self._tell = tell
        self._now, self._sleep = clock.now, clock.sleep
        self._seen: set[str] = set()
        self._followed: dict[ComposedService, None] = {}
        self._width = max(len(service.name) for service in self._stage.services)

    def look(self) -> None:
        """
        Tell how each service stands.

        Raises:
            OperationError: one was rolled back, or has failed.

        """
        rollouts = self._rollouts(self._services.describe())
        self._tell_standing(rollouts)
        self._refuse(rollouts)

    def until_complete(self, limit_sec: float = LIMIT_SEC) -> None:
        """
        Tell each event until the newest deployment of every service but the workers' is complete.

        How far the workers are is told then: their work may take hours, and ECS goes on by itself.

        Raises:
            OperationError: a service was rolled back, has failed, or is not complete after *limit_sec* seconds.

        """
        end = self._now().timestamp() + limit_sec
        self._tell(f"what ECS does with {self._stage.name}; Ctrl-C leaves it to that")
        while True:
            described = self._services.describe()
            rollouts = self._rollouts(described)
            # What is complete when first looked at has no news; what was not, has those of its end.
            self._followed |= {each: None for each in rollouts if rollouts[each].state is not State.COMPLETED}
            for service in self._followed:
                self._tell_news(service, rollouts[service], described[service.name])
            self._refuse(rollouts)
            core = {service: each for service, each in rollouts.items() if not service.is_worker}
            missing = [service.name for service, each in core.items() if each.state is not State.COMPLETED]
            if not missing:
                break
            if self._now().timestamp() >= end:
                msg = (
                    f"{', '.join(missing)} of {self._stage.name} not complete after {limit_sec / 60:.0f} minutes;"
                    f" ECS goes on, make status STAGE={self._stage.stage} tells how far"
                )
                raise OperationError(msg)
            self._sleep(PERIOD_SEC)
        self._tell_standing(rollouts)

    def _rollouts(self, described: Mapping[str, Mapping[str, Any]]) -> dict[ComposedService, Rollout]:
        return {
            service: Rollout.of(
                described[service.name], newest=self._services.newest_definition(service)["taskDefinitionArn"]
            )
            for service in self._stage.services
        }

    def _tell_standing(self, rollouts: Mapping[ComposedService, Rollout]) -> None:
        for service, each in rollouts.items():
            self._line(self._now(), service.name, f"{each}{self._at_work(service, each)}")

    def _tell_news(self, service: ComposedService, each: Rollout, described: Mapping[str, Any]) -> None:
        for event in rollout.news(described, since=each.since, seen=self._seen):
            self._seen.add(event["id"])
            self._line(event["createdAt"], service.name, rollout.message(event, service.name))
        if each.failed_tasks:
            for task in self._failed_tasks(service, each):
                self._seen.add(task["taskArn"])
                definition = self._services.newest_definition(service)
                explained = failed_task.explain(task, definition, region=self._stage.region)
                self._line(task["stoppedAt"], service.name, explained)

    def _failed_tasks(self, service: ComposedService, each: Rollout) -> Iterator[Mapping[str, Any]]:
        for task in self._services.stopped_tasks(service):
            ours = task.get("startedBy") in each.deployments and "stoppedAt" in task
            if ours and task["taskArn"] not in self._seen and failed_task.has_failed(task):
                yield task

    def _at_work(self, service: ComposedService, each: Rollout) -> str:
        """Return what the workers of older deployments still do, if they do."""
        if not service.is_worker or each.state is State.COMPLETED:
            return ""
        tasks = list(self._services.running_tasks(service))
        older = [task for task in tasks if task.get("startedBy") not in each.deployments]
        busy, until = still_at_work(self._services.protections(older))
        if not until:
            return ""
        return f"; {busy} of {len(tasks)} tasks still finish their work, protected until {local_time(until)}"

    def _refuse(self, rollouts: Mapping[ComposedService, Rollout]) -> None:
        if bad := [each for each in rollouts.values() if each.state in BAD]:
            said = "; ".join(f"{each.service} {each}".rstrip(".") for each in bad)
            msg = f"the deployment of {self._stage.name} did not come about: {said}"
            raise OperationError(msg)

    def _line(self, moment: datetime, service: str, text: str) -> None:
        self._tell(f"{local_time(moment)}  {service:{self._width}}  {text}")
