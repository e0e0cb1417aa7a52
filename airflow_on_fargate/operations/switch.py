"""Pause a stage and wake it, now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
    from airflow_on_fargate.operations.waiting import Clock, Tell

DRAIN_SEC = 15 * 60
"""How long workers may end their work while somebody waits."""
STOP_SEC = 10 * 60
START_SEC = 30 * 60
PERIOD_SEC = 5


class Switch:
    """
    Pauses and wakes a stage in the order of its parts; what has been done before is not done again.

    *ecs* and *scaling*, of Application Auto Scaling, are boto3's clients.
    """

    def __init__(
        self,
        services: Services,
        running: RunningParameter,
        database: StageDatabase,
        *,
        ecs: Any,  # noqa: ANN401 boto3 makes the type
        scaling: Any,  # noqa: ANN401 as above
        tell: Tell,
        clock: Clock,
    ) -> None:
        self._services, self._running, self._database = services, running, database
        self._stage = services.stage
        self._ecs, self._scaling = ecs, scaling
        self._tell, self._clock = tell, clock
        self._workers = [each for each in self._stage.services if each.is_worker]
        self._core = [each for each in self._stage.services if not each.is_worker]

    def pause(self, *, force: bool) -> None:
        """
        Stop the workers, when they have ended their work the core, and then the database.

        With *force* work that runs is not waited for.

        Raises:
            BadInputError: the stage is not deployed.
            OperationError: work runs on, or AWS takes too long.

        """
        self._refuse_missing()
        if self._workers:
            self._running.write(CORE)
            self._set(self._workers, awake=False)
            if not force:
                self._drain()
        self._running.write(NOTHING)
        self._set(self._core, awake=False)
        self._wait_for_tasks(self._core, "still runs", STOP_SEC)
        self._database.stop()
        self._tell(f"{self._stage.name} is paused; make resume STAGE={self._stage.stage} wakes it")

    def resume(self) -> None:
        """
        Start the database, then the core, then the workers.

        Raises:
            BadInputError: the stage is not deployed.
            OperationError: AWS takes too long.

        """
        self._refuse_missing()
        self._database.start()
        self._running.write(CORE if self._workers else ALL)
        self._set(self._core, awake=True)
        self._wait_for_tasks(self._core, "does not run", START_SEC)
        if self._workers:
            self._running.write(ALL)
            self._set(self._workers, awake=True)
        self._tell(f"{self._stage.name} is awake")

    def _refuse_missing(self) -> None:
        """Refuse a stage that is not deployed as it is composed, before anything is changed."""
        self._running.refuse_missing()
        try:
            self._services.describe()
        except BadInputError as error:
            # Deployments are refused while it is paused.
            msg = f"{error}; to pause or wake the stage before, check out what is deployed"
            raise BadInputError(msg) from None

    def _set(self, services: Sequence[ComposedService], *, awake: bool) -> None:
        described = self._services.describe()
        for service in services:
            least, most = (service.least, service.most) if awake else (0, 0)
            if service.scaled:
                self._scaling.register_scalable_target(
                    ServiceNamespace="ecs",
                    ScalableDimension="ecs:service:DesiredCount",
                    ResourceId=f"service/{self._stage.cluster}/{service.name}",
                    MinCapacity=least,
                    MaxCapacity=most,
                )
            count = described[service.name]["desiredCount"]
            wanted = min(max(count, least), most)
            if wanted != count:
                self._ecs.update_service(cluster=self._stage.cluster, service=service.name, desiredCount=wanted)
                self._line(service, f"{count} -> {wanted} tasks wanted")

    def _drain(self) -> None:
        try:
            self._wait_for_tasks(self._workers, "still works", DRAIN_SEC)
        except OperationError as error:
            msg = (
                f"{error}; no worker takes new work, and the rest goes on: make pause STAGE={self._stage.stage} waits"
                " again, FORCE=1 does not wait"
            )
            raise OperationError(msg) from None

    def _wait_for_tasks(self, services: Sequence[ComposedService], otherwise: str, limit_sec: float) -> None:
        """Wait until each service runs as many tasks as it wants, and tell of each change."""
        told: dict[ComposedService, str] = {}

        def waited_for() -> list[ComposedService]:
            described = self._services.describe()
            left = []
            for service in services:
                one = described[service.name]
                running, wanted = one["runningCount"], one["desiredCount"]
                said = f"{running} of {wanted} tasks run{self._protected(service) if running > wanted else ''}"
                if told.get(service) != said:
                    told[service] = said
                    self._line(service, said)
                if running != wanted:
                    left.append(service)
            return left

        def settled() -> bool | None:
            return None if waited_for() else True

        names = ", ".join(service.name for service in services)
        wait_until(settled, f"{names} of {self._stage.name} {otherwise}", limit_sec, PERIOD_SEC, self._clock)

    def _protected(self, service: ComposedService) -> str:
        if not service.is_worker:
            return ""
        busy, until = still_at_work(self._services.protections(list(self._services.running_tasks(service))))
        return f"; {busy} still finish their work, protected until {local_time(until)}" if until else ""

    def _line(self, service: ComposedService, text: str) -> None:
        self._tell(f"{local_time(self._clock.now())}  {service.name}  {text}")
