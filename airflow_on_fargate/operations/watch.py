"""Watch a deployment until the core processes of a stage run the new version."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from airflow_on_fargate.advice import advised
from airflow_on_fargate.operations import failed_task, rollout
from airflow_on_fargate.operations.rollout import Rollout, State, still_at_work
from airflow_on_fargate.operations.waiting import CLOCK, OperationError, local_time, print_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from airflow_on_fargate.operations.composed_stage import ComposedService
    from airflow_on_fargate.operations.services import Services
    from airflow_on_fargate.operations.waiting import Clock, Report

LIMIT_SEC = 30 * 60
"""
ECS's circuit breaker rolls back after three failed tasks. A task that never gets healthy takes its start period of five
minutes, a minute and a half of health checks, and the time that Fargate needs to start and stop it.
"""
PERIOD_SEC = 5
BAD = (State.ROLLED_BACK, State.FAILED)


class Watch:
    """Reports line by line what ECS does with *services*."""

    def __init__(self, services: Services, *, report: Report = print_line, clock: Clock = CLOCK) -> None:
        self._services = services
        self._stage = services.stage
        self._report = report
        self._now, self._sleep = clock.now, clock.sleep
        self._seen: set[str] = set()
        self._followed: dict[ComposedService, None] = {}
        self._width = max(len(service.name) for service in self._stage.services)

    def report_states(self, forecast: Mapping[str, int] | None = None) -> None:
        """
        Report the state of each service once; *forecast* has the workers that are ordered ahead of scheduled runs.

        Raises:
            OperationError: a deployment failed or was rolled back.

        """
        rollouts = self._rollouts(self._services.describe())
        self._report_all_states(rollouts, forecast or {})
        self._refuse(rollouts)

    def report_json(self, *, runs: str | None, forecast: Mapping[str, int]) -> None:
        """
        Report the state of each service once, as JSON for programs; *runs* is the part of the stage that is to run.

        *forecast* has the workers that are ordered ahead of scheduled runs.

        Raises:
            OperationError: a deployment failed or was rolled back.

        """
        rollouts = self._rollouts(self._services.describe())
        services = [
            {"name": each.service, "state": each.state.value, "running": each.running, "desired": each.desired}
            | ({"ahead": forecast[each.service]} if each.service in forecast else {})
            for each in rollouts.values()
        ]
        self._report(json.dumps({"stage": self._stage.stage, "runs": runs, "services": services}, indent=2))
        self._refuse(rollouts)

    def until_complete(self, limit_sec: float = LIMIT_SEC) -> None:
        """
        Report each event until the newest deployment of every service except the workers is complete.

        The state of the workers is reported at the end. Their tasks may take hours, so the watch does not
        wait for them.

        Raises:
            OperationError: a deployment failed, was rolled back, or is not complete after *limit_sec* seconds.

        """
        end = self._now().timestamp() + limit_sec
        self._report(f"Watching the deployment of {self._stage.name}; Ctrl-C stops watching, the deployment continues")
        while True:
            described = self._services.describe()
            rollouts = self._rollouts(described)
            # A service that was complete at the first look has no new events; the others have, until they are complete.
            self._followed |= {each: None for each in rollouts if rollouts[each].state is not State.COMPLETED}
            for service in self._followed:
                self._report_events(service, rollouts[service], described[service.name])
            self._refuse(rollouts)
            core = {service: each for service, each in rollouts.items() if not service.is_worker}
            missing = [service.name for service, each in core.items() if each.state is not State.COMPLETED]
            if not missing:
                break
            if self._now().timestamp() >= end:
                msg = (
                    f"the deployment of {', '.join(missing)} of {self._stage.name} is not complete after"
                    f" {limit_sec / 60:.0f} minutes, and continues; {advised('status', self._stage.stage)} shows it"
                )
                raise OperationError(msg)
            self._sleep(PERIOD_SEC)
        self._report_all_states(rollouts, {})

    def _rollouts(self, described: Mapping[str, Mapping[str, Any]]) -> dict[ComposedService, Rollout]:
        return {
            service: Rollout.of(
                described[service.name], newest=self._services.newest_definition(service)["taskDefinitionArn"]
            )
            for service in self._stage.services
        }

    def _report_all_states(self, rollouts: Mapping[ComposedService, Rollout], forecast: Mapping[str, int]) -> None:
        for service, each in rollouts.items():
            ahead = f"; {forecast[service.name]} ahead of scheduled runs" if service.name in forecast else ""
            self._line(self._now(), service.name, f"{each}{ahead}{self._at_work(service, each)}")

    def _report_events(self, service: ComposedService, each: Rollout, described: Mapping[str, Any]) -> None:
        for event in rollout.new_events(described, since=each.since, seen=self._seen):
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
        """Return how many workers of older deployments still run tasks, if any do."""
        if not service.is_worker or each.state is State.COMPLETED:
            return ""
        tasks = list(self._services.running_tasks(service))
        older = [task for task in tasks if task.get("startedBy") not in each.deployments]
        busy, until = still_at_work(self._services.protections(older))
        if not until:
            return ""
        return f"; {busy} of {len(tasks)} workers still finish their tasks, protected until {local_time(until)}"

    def _refuse(self, rollouts: Mapping[ComposedService, Rollout]) -> None:
        if bad := [each for each in rollouts.values() if each.state in BAD]:
            states = "; ".join(f"{each.service} {each}".rstrip(".") for each in bad)
            msg = f"the deployment of {self._stage.name} failed: {states}"
            raise OperationError(msg)

    def _line(self, moment: datetime, service: str, text: str) -> None:
        self._report(f"{local_time(moment)}  {service:{self._width}}  {text}")
