"""Stop and start the RDS instance of a stage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_on_fargate.operations.waiting import wait_until

if TYPE_CHECKING:
    from airflow_on_fargate.operations.composed_stage import ComposedStage
    from airflow_on_fargate.operations.waiting import Clock, Report

LIMIT_SEC = 60 * 60
"""RDS documents that a start takes minutes to hours."""
PERIOD_SEC = 15
AVAILABLE, STOPPED = "available", "stopped"
READ_ONLY = ("Arn", "CreationDate", "LastModificationDate")
"""Fields that `GetSchedule` returns and `UpdateSchedule` does not accept."""


class StageDatabase:
    """The RDS instance of *stage*, if the stack creates one; *rds* and *scheduler* are boto3's clients."""

    def __init__(self, stage: ComposedStage, rds: Any, scheduler: Any, *, report: Report, clock: Clock) -> None:  # noqa: ANN401 boto3 creates the types
        self._stage = stage
        self._rds = rds
        self._scheduler = scheduler
        self._report = report
        self._clock = clock

    def stop(self) -> None:
        """Stop it, and enable the schedule that stops it daily, because RDS starts it again after seven days."""
        if not self._stage.database:
            return
        if self._settled() == AVAILABLE:
            self._rds.stop_db_instance(DBInstanceIdentifier=self._stage.database)
        self._keep_stopped("ENABLED")
        self._report(f"database {self._status()}; EventBridge Scheduler stops it again if RDS starts it after 7 days")

    def start(self) -> None:
        """Start it, and wait until it accepts connections."""
        if not self._stage.database:
            return
        self._keep_stopped("DISABLED")
        if self._settled() == STOPPED:
            self._rds.start_db_instance(DBInstanceIdentifier=self._stage.database)
        self._wait_for(AVAILABLE)

    def _settled(self) -> str:
        """Wait until it is available or stopped, and return which of the two."""
        return self._wait_for(AVAILABLE, STOPPED)

    def _wait_for(self, *wanted: str) -> str:
        reported: set[str] = set()

        def status() -> str | None:
            found = self._status()
            if found not in reported:
                reported.add(found)
                self._report(f"database {found}")
            return found if found in wanted else None

        return wait_until(status, f"the database is not {' or '.join(wanted)}", LIMIT_SEC, PERIOD_SEC, self._clock)

    def _status(self) -> str:
        answer = self._rds.describe_db_instances(DBInstanceIdentifier=self._stage.database)
        status: str = answer["DBInstances"][0]["DBInstanceStatus"]
        return status

    def _keep_stopped(self, state: str) -> None:
        found = self._scheduler.get_schedule(GroupName=self._stage.name, Name=self._stage.keep_stopped)
        known = {key: value for key, value in found.items() if key not in (*READ_ONLY, "ResponseMetadata")}
        self._scheduler.update_schedule(**known | {"State": state})
