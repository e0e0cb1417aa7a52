"""Pause and resume a stage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_on_fargate.advice import advised
from airflow_on_fargate.operations.rollout import still_at_work
from airflow_on_fargate.operations.waiting import OperationError, local_time, wait_until
from constructs_lib.ecs.what_runs import ALL, CORE, NOTHING
from constructs_lib.shared.bad_input import BadInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_on_fargate.operations.composed_stage import ComposedService
    from airflow_on_fargate.operations.database import StageDatabase
    from airflow_on_fargate.operations.running import RunningParameter
    from airflow_on_fargate.operations.services import Services
    from airflow_on_fargate.operations.waiting import Clock, Report

DRAIN_SEC = 15 * 60
"""How long the command waits for workers to finish their tasks."""
STOP_SEC = 10 * 60
START_SEC = 30 * 60
PERIOD_SEC = 5


class Switch:
    """
    Pauses and resumes the parts of a stage in order; a second call continues where an earlier one stopped.

    *ecs* and *scaling*, of Application Auto Scaling, are boto3's clients.
    """

    def __init__(
        self,
        services: Services,
        running: RunningParameter,
        database: StageDatabase,
        *,
        ecs: Any,  # noqa: ANN401 boto3 creates the type
        scaling: Any,  # noqa: ANN401 as above
        report: Report,
        clock: Clock,
    ) -> None:
        self._services, self._running, self._database = services, running, database
        self._stage = services.stage
        self._ecs, self._scaling = ecs, scaling
        self._report, self._clock = report, clock
        self._workers = [each for each in self._stage.services if each.is_worker]
        self._core = [each for each in self._stage.services if not each.is_worker]

    def pause(self, *, force: bool) -> None:
        """
        Stop the workers when their tasks have ended, then the core processes, then the database.

        With *force* the workers are stopped without waiting for their tasks.

        Raises:
            BadInputError: the stage is not deployed.
            OperationError: tasks still run, or AWS takes too long.

        """
        self._refuse_missing()
        if self._workers:
            self._running.write(CORE)
            self._set_counts(self._workers, running=False)
            if not force:
                self._drain()
        self._running.write(NOTHING)
        self._set_counts(self._core, running=False)
        self._wait_for_tasks(self._core, "still running", STOP_SEC)
        self._database.stop()
        self._report(f"{self._stage.name} is paused; {advised('resume', self._stage.stage)} starts it again")

    def resume(self) -> None:
        """
        Start the database, then the core processes, then the workers.

        Raises:
            BadInputError: the stage is not deployed.
            OperationError: AWS takes too long.

        """
        self._refuse_missing()
        self._database.start()
        self._running.write(CORE if self._workers else ALL)
        self._set_counts(self._core, running=True)
        self._wait_for_tasks(self._core, "not running", START_SEC)
        if self._workers:
            self._running.write(ALL)
            self._set_counts(self._workers, running=True)
        self._report(f"{self._stage.name} runs again")

    def _refuse_missing(self) -> None:
        """Refuse a stage whose deployed services differ from the composed ones, before anything is changed."""
        self._running.refuse_missing()
        try:
            self._services.describe()
        except BadInputError as error:
            # A deployment is refused while the stage is paused.
            msg = f"{error}; to pause or resume it without a deployment, check out the commit that is deployed"
            raise BadInputError(msg) from None

    def _set_counts(self, services: Sequence[ComposedService], *, running: bool) -> None:
        described = self._services.describe()
        for service in services:
            min_count, max_count = (service.min_count, service.max_count) if running else (0, 0)
            if service.scaled:
                self._scaling.register_scalable_target(
                    ServiceNamespace="ecs",
                    ScalableDimension="ecs:service:DesiredCount",
                    ResourceId=f"service/{self._stage.cluster}/{service.name}",
                    MinCapacity=min_count,
                    MaxCapacity=max_count,
                )
            count = described[service.name]["desiredCount"]
            new_count = min(max(count, min_count), max_count)
            if new_count != count:
                self._ecs.update_service(cluster=self._stage.cluster, service=service.name, desiredCount=new_count)
                self._line(service, f"desired count {count} -> {new_count}")

    def _drain(self) -> None:
        try:
            self._wait_for_tasks(self._workers, "still at work", DRAIN_SEC)
        except OperationError as error:
            msg = (
                f"{error}. Workers accept no new tasks, and the other services still run:"
                f" run {advised('pause', self._stage.stage)} again to keep waiting, or"
                f" {advised('pause', self._stage.stage, force=True)} to stop the tasks"
            )
            raise OperationError(msg) from None

    def _wait_for_tasks(self, services: Sequence[ComposedService], failure: str, limit_sec: float) -> None:
        """Wait until each service runs as many tasks as its desired count, and report each change."""
        reported: dict[ComposedService, str] = {}

        def unfinished() -> list[ComposedService]:
            described = self._services.describe()
            remaining = []
            for service in services:
                one = described[service.name]
                running, desired = one["runningCount"], one["desiredCount"]
                line = f"{running} tasks running, desired count {desired}"
                line += self._protected(service) if running > desired else ""
                if reported.get(service) != line:
                    reported[service] = line
                    self._line(service, line)
                if running != desired:
                    remaining.append(service)
            return remaining

        def settled() -> bool | None:
            return None if unfinished() else True

        names = ", ".join(service.name for service in services)
        wait_until(settled, f"{names} of {self._stage.name} {failure}", limit_sec, PERIOD_SEC, self._clock)

    def _protected(self, service: ComposedService) -> str:
        if not service.is_worker:
            return ""
        busy, until = still_at_work(self._services.protections(list(self._services.running_tasks(service))))
        return f"; {busy} still finish their tasks, protected until {local_time(until)}" if until else ""

    def _line(self, service: ComposedService, text: str) -> None:
        self._report(f"{local_time(self._clock.now())}  {service.name}  {text}")
