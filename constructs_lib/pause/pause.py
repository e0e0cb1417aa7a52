"""What stops a stage when nobody needs it, and wakes it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from cdktf_cdktf_provider_aws.scheduler_schedule_group import SchedulerScheduleGroup
from constructs import Construct

from constructs_lib.ecs.what_runs import keep_stopped_schedule
from constructs_lib.engine.names import pascal_case
from constructs_lib.iam.policy import Statement, allow, policy_document, trust
from constructs_lib.iam.schedule import SERVICE, Call, Schedule
from constructs_lib.pause.steps import Parts, Tasks, identified, pausing, resuming
from constructs_lib.settings.cron import Cron

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from constructs_lib.ecs.cluster import Cluster
    from constructs_lib.ecs.fargate_service import FargateService
    from constructs_lib.settings.pause_schedule import PauseSchedule
    from constructs_lib.storage.database import Database

EVERY_MIDNIGHT = "cron(0 0 * * ? *)"


class Pause(Construct):
    """
    Define the calls that EventBridge Scheduler makes to pause a stage and to wake it, in the order of the steps.

    RDS starts a stopped instance again after seven days: a schedule that is switched on while the stage is paused, by
    the clock or by hand, stops it every midnight. A database that was there already is left alone.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        cluster: Cluster,
        services: Sequence[FargateService],
        database: Database,
        by_clock: PauseSchedule | None,
    ) -> None:
        super().__init__(scope, id_)

        self._cluster, self._services, self._database = cluster, services, database
        self._account = cluster.account
        if not (by_clock or database.identifier):
            return

        group = SchedulerScheduleGroup(self, "Resource", name=cluster.name)
        role = self._define_role()
        schedule = partial(
            Schedule, group=cluster.name, role_arn=role.arn, partition=self._account.partition, made_after=group
        )
        name = keep_stopped_schedule(cluster.name)
        keep_stopped = schedule(
            name=name,
            description="Stops the database that RDS starts after seven days; on while the stage is paused",
            expression=EVERY_MIDNIGHT,
            time_zone=by_clock.time_zone if by_clock else "UTC",
            call=Call("rds:stopDBInstance", identified(cluster.name)),
            enabled=False,
            # While the database is stopped each call fails, and the next midnight's is its repetition: one of a few
            # minutes later would stop what has just been woken.
            retries=0,
        )
        if database.identifier:
            keep_stopped.define(self, "KeepDatabaseStopped")
        if by_clock:
            parts = Parts(
                tasks=tuple(
                    Tasks(
                        cluster=cluster.name,
                        service=service.name,
                        least=service.min_count,
                        most=service.max_count,
                        scaled=bool(service.scalable_target_arn),
                    )
                    for service in services
                ),
                running=cluster.running.name,
                database=database.identifier,
                keep_stopped=keep_stopped,
            )
            for of, verb, cron, steps in (
                (self, "pause", by_clock.pause, pausing(parts, by_clock.pausing)),
                # Beside this construct, so that their addresses tell the two apart.
                (Construct(scope, "Resume"), "resume", by_clock.resume, resuming(parts, by_clock.resuming)),
            ):
                for step in steps:
                    schedule(
                        name=f"{cluster.name}-{verb}-{step.part}",
                        description=f"{step.minutes} minutes into {verb}: {step.call.operation}",
                        expression=str(Cron.parse(cron).later(step.minutes)),
                        time_zone=by_clock.time_zone,
                        call=step.call,
                    ).define(of, pascal_case(step.part))
        IamRolePolicy(
            self,
            "Grants",
            name="grants",
            role=role.id,
            policy=policy_document(self._statements(role.arn, name, by_clock=bool(by_clock))),
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

    def _statements(self, role_arn: str, keep_stopped: str, *, by_clock: bool) -> Iterator[Statement]:
        """Yield what the schedules call; without a clock that is the daily stop alone."""
        databases = [self._database.arn] if self._database.identifier else []
        if not by_clock:
            yield allow(["rds:StopDBInstance"], databases)
            return
        yield allow(["ssm:PutParameter"], [self._cluster.running.arn])
        # Who registers a scalable target must have the right to change what it scales (AWS: "IAM permissions required
        # for Amazon ECS service auto scaling").
        cluster = self._cluster.name
        arns = [self._account.arn("ecs", f"service/{cluster}/{service.name}") for service in self._services]
        yield allow(["ecs:DescribeServices", "ecs:UpdateService"], arns)
        if scalable := [service.scalable_target_arn for service in self._services if service.scalable_target_arn]:
            yield allow(["application-autoscaling:RegisterScalableTarget"], scalable)
        if databases:
            yield allow(["rds:StartDBInstance", "rds:StopDBInstance"], databases)
            schedule = self._account.arn("scheduler", f"schedule/{cluster}/{keep_stopped}")
            yield allow(["scheduler:UpdateSchedule"], [schedule])
            yield allow(["iam:PassRole"], [role_arn], {"StringEquals": {"iam:PassedToService": SERVICE}})
