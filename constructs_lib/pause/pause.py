"""
Pause a stage and resume it on a schedule: which calls of AWS's API are made, in which order, by which role.

The times are in `constructs_lib/settings/pause_schedule.py`. Terraform's counts follow the parameter that the calls set
(`constructs_lib/ecs/running.py`). `make pause` and `make resume` take the same steps at once
(`airflow_on_fargate/operations/switch.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from cdktf_cdktf_provider_aws.scheduler_schedule_group import SchedulerScheduleGroup
from constructs import Construct

from constructs_lib.ecs.what_runs import ALL, CORE, NOTHING, is_worker_service, keep_stopped_schedule
from constructs_lib.engine.names import pascal_case
from constructs_lib.iam.policy import Statement, allow, policy_document, trust
from constructs_lib.iam.schedule import SERVICE, Call, Schedule
from constructs_lib.settings.cron import Cron

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from constructs_lib.ecs.cluster import Cluster
    from constructs_lib.ecs.fargate_service import FargateService
    from constructs_lib.settings.pause_schedule import Minutes, PauseSchedule
    from constructs_lib.storage.database import Database

EVERY_MIDNIGHT = "cron(0 0 * * ? *)"
DAILY_STOP = "daily-stop"


@dataclass(frozen=True)
class ScheduledCall:
    """A *call*, made *minutes* after the start of a pause or a resume; *part* is the part of the stage it changes."""

    minutes: int
    part: str
    call: Call


class Pause(Construct):
    """
    Define the EventBridge schedules that pause a stage and resume it.

    A pause stops the workers, the core processes and the database, in this order; a resume starts them in the reverse
    order. RDS starts a stopped instance again after seven days, so one more schedule stops the instance every midnight.
    It is enabled while the stage is paused, on schedule or by `make pause`. A database that the stage did not create is
    never stopped.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        cluster: Cluster,
        services: Sequence[FargateService],
        database: Database,
        pause_schedule: PauseSchedule | None,
    ) -> None:
        super().__init__(scope, id_)

        self._cluster, self._services, self._database = cluster, services, database
        self._account = cluster.account
        if not (pause_schedule or database.identifier):
            return

        group = SchedulerScheduleGroup(self, "Resource", name=cluster.name)
        self._role = self._define_role()
        self._schedule = partial(
            Schedule,
            group=cluster.name,
            time_zone=pause_schedule.time_zone if pause_schedule else "UTC",
            role_arn=self._role.arn,
            partition=self._account.partition,
            made_after=group,
        )
        self._keep_stopped = self._daily_stop()
        if database.identifier:
            self._keep_stopped.define(self, "KeepDatabaseStopped")
        if pause_schedule:
            self._define_calls(self, "pause", pause_schedule.pause, self._pause_calls(pause_schedule.pausing))
            # The sibling gives the calls of a resume addresses of their own.
            resume = Construct(scope, "Resume")
            self._define_calls(resume, "resume", pause_schedule.resume, self._resume_calls(pause_schedule.resuming))
        statements = self._statements() if pause_schedule else self._daily_stop_statements()
        IamRolePolicy(self, "Grants", name="grants", role=self._role.id, policy=policy_document(statements))

    def _pause_calls(self, minutes: Minutes) -> Iterator[ScheduledCall]:
        """Yield the calls of a pause. The parameter is first, so that a plan never expects tasks that are gone."""
        if self._has_workers:
            yield self._set_running(CORE, minutes.workers)
            yield from self._set_counts(minutes.workers, workers=True, paused=True)
        yield self._set_running(NOTHING, minutes.core)
        yield from self._set_counts(minutes.core, workers=False, paused=True)
        if self._database.identifier:
            stop = Call("rds:stopDBInstance", _database_input(self._database.identifier))
            yield ScheduledCall(minutes.database, "database", stop)
            yield ScheduledCall(minutes.database, DAILY_STOP, self._keep_stopped.switch(enabled=True))

    def _resume_calls(self, minutes: Minutes) -> Iterator[ScheduledCall]:
        """Yield the calls of a resume. The daily stop is switched off before the database starts."""
        if self._database.identifier:
            start = Call("rds:startDBInstance", _database_input(self._database.identifier))
            yield ScheduledCall(0, DAILY_STOP, self._keep_stopped.switch(enabled=False))
            yield ScheduledCall(minutes.database, "database", start)
        yield self._set_running(CORE if self._has_workers else ALL, minutes.core)
        yield from self._set_counts(minutes.core, workers=False, paused=False)
        if self._has_workers:
            yield self._set_running(ALL, minutes.workers)
            yield from self._set_counts(minutes.workers, workers=True, paused=False)

    @property
    def _has_workers(self) -> bool:
        return any(is_worker_service(service.name) for service in self._services)

    def _set_running(self, value: str, minutes: int) -> ScheduledCall:
        parameters = {"Name": self._cluster.running.name, "Value": value, "Overwrite": True}
        return ScheduledCall(minutes, f"running-{value}", Call("ssm:putParameter", parameters))

    def _set_counts(self, minutes: int, *, workers: bool, paused: bool) -> Iterator[ScheduledCall]:
        for service in self._services:
            if is_worker_service(service.name) is workers:
                yield ScheduledCall(minutes, service.name, self._set_count(service, paused=paused))

    def _set_count(self, service: FargateService, *, paused: bool) -> Call:
        """
        Return the call that sets the number of tasks of *service* to none, or back to its settings.

        Application Auto Scaling changes the number at once if it is outside of new bounds (its API reference,
        `RegisterScalableTarget`).
        """
        minimum, maximum = (0, 0) if paused else (service.min_count, service.max_count)
        if not service.scalable_target_arn:
            names = {"Cluster": self._cluster.name, "Service": service.name}
            return Call("ecs:updateService", {**names, "DesiredCount": minimum})
        return Call(
            "applicationautoscaling:registerScalableTarget",
            {
                "ServiceNamespace": "ecs",
                "ScalableDimension": "ecs:service:DesiredCount",
                "ResourceId": f"service/{self._cluster.name}/{service.name}",
                "MinCapacity": minimum,
                "MaxCapacity": maximum,
            },
        )

    def _define_calls(self, scope: Construct, verb: str, cron: str, calls: Iterable[ScheduledCall]) -> None:
        """Define a schedule for each of *calls*, its minutes after the expression *cron*."""
        for each in calls:
            self._schedule(
                name=f"{self._cluster.name}-{verb}-{each.part}",
                description=f"{each.minutes} minutes into {verb}: {each.call.operation}",
                expression=str(Cron.parse(cron).later(each.minutes)),
                call=each.call,
            ).define(scope, pascal_case(each.part))

    def _daily_stop(self) -> Schedule:
        return self._schedule(
            name=keep_stopped_schedule(self._cluster.name),
            description="Stops the database that RDS starts after seven days; on while the stage is paused",
            expression=EVERY_MIDNIGHT,
            call=Call("rds:stopDBInstance", _database_input(self._cluster.name)),
            enabled=False,
            # The call fails while the database is stopped. The next midnight repeats it; a retry some minutes later
            # could stop a database that was just started.
            retries=0,
        )

    def _define_role(self) -> IamRole:
        # AWS: the source is the group, not a schedule in it ("Confused deputy prevention in EventBridge Scheduler").
        group = self._account.arn("scheduler", f"schedule-group/{self._cluster.name}")
        return IamRole(
            self,
            "Role",
            name=f"{self._cluster.name}-pause",
            path=f"{self._account.role_path}{self._cluster.name}/",
            permissions_boundary=self._account.permissions_boundary_arn,
            assume_role_policy=policy_document([trust(SERVICE, self._account, group)]),
        )

    def _statements(self) -> Iterator[Statement]:
        """Yield what the role may do: what the schedules call, and what AWS checks for these calls."""
        yield allow(["ssm:PutParameter"], [self._cluster.running.arn])
        # The caller of RegisterScalableTarget needs the right to change the service itself (AWS: "IAM permissions
        # required for Amazon ECS service auto scaling").
        cluster = self._cluster.name
        arns = [self._account.arn("ecs", f"service/{cluster}/{service.name}") for service in self._services]
        yield allow(["ecs:DescribeServices", "ecs:UpdateService"], arns)
        if scalable := [service.scalable_target_arn for service in self._services if service.scalable_target_arn]:
            yield allow(["application-autoscaling:RegisterScalableTarget"], scalable)
        if self._database.identifier:
            yield allow(["rds:StartDBInstance", "rds:StopDBInstance"], [self._database.arn])
            schedule = self._account.arn("scheduler", f"schedule/{cluster}/{self._keep_stopped.name}")
            yield allow(["scheduler:UpdateSchedule"], [schedule])
            yield allow(["iam:PassRole"], [self._role.arn], {"StringEquals": {"iam:PassedToService": SERVICE}})

    def _daily_stop_statements(self) -> list[Statement]:
        """Return what the role may do in a stage without a pause schedule."""
        return [allow(["rds:StopDBInstance"], [self._database.arn])]


def _database_input(identifier: str) -> dict[str, str]:
    """Return the input that names an RDS instance; the spelling is that of the SDK for Java, which AWS requires."""
    return {"DbInstanceIdentifier": identifier}
