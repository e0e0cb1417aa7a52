"""Calls that EventBridge Scheduler makes to AWS's API at set times."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.scheduler_schedule import (
    SchedulerSchedule,
    SchedulerScheduleFlexibleTimeWindow,
    SchedulerScheduleTarget,
    SchedulerScheduleTargetRetryPolicy,
)

from constructs_lib.engine.template import json_document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdktf import TerraformResource
    from constructs import Construct

SERVICE = "scheduler.amazonaws.com"
"""EventBridge Scheduler as the trust of a role names it."""
RETRY_SEC = 15 * 60
"""How long a failed call is repeated: half of the minimum time between a pause and a resume."""
RETRIES = 30


@dataclass(frozen=True)
class Call:
    """An operation of AWS's API as EventBridge Scheduler names it, such as `rds:stopDBInstance`, and its parameters."""

    operation: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class Schedule:
    """When EventBridge Scheduler makes a *call*, and with which role; *made_after* is the resource of its *group*."""

    group: str
    name: str
    description: str
    expression: str
    time_zone: str
    call: Call
    role_arn: str
    partition: str
    made_after: TerraformResource
    enabled: bool = field(default=True, kw_only=True)
    retries: int = field(default=RETRIES, kw_only=True)
    """How often a failed call is repeated within a quarter of an hour."""

    def define(self, scope: Construct, id_: str) -> None:
        """
        Define the schedule.

        Terraform ignores the state of a schedule that starts disabled: a pause enables it, and a resume disables it.
        """
        SchedulerSchedule(
            scope,
            id_,
            group_name=self.group,
            name=self.name,
            description=self.description,
            schedule_expression=self.expression,
            schedule_expression_timezone=self.time_zone,
            flexible_time_window=SchedulerScheduleFlexibleTimeWindow(mode="OFF"),
            state=_state(enabled=self.enabled),
            target=SchedulerScheduleTarget(
                arn=self._target,
                role_arn=self.role_arn,
                input=self._input,
                retry_policy=SchedulerScheduleTargetRetryPolicy(
                    maximum_event_age_in_seconds=RETRY_SEC, maximum_retry_attempts=self.retries
                ),
            ),
            # The group has a fixed name, because a call that changes the schedule has the name in its JSON.
            depends_on=[self.made_after],
            lifecycle=None if self.enabled else TerraformResourceLifecycle(ignore_changes=["state"]),
        )

    def switch(self, *, enabled: bool) -> Call:
        """Return the call that enables or disables the schedule; AWS resets what the call leaves out, so it has all."""
        return Call(
            "scheduler:updateSchedule",
            {
                "GroupName": self.group,
                "Name": self.name,
                "Description": self.description,
                "ScheduleExpression": self.expression,
                "ScheduleExpressionTimezone": self.time_zone,
                "FlexibleTimeWindow": {"Mode": "OFF"},
                "State": _state(enabled=enabled),
                "Target": {
                    "Arn": self._target,
                    "RoleArn": self.role_arn,
                    "Input": self._input,
                    "RetryPolicy": {"MaximumEventAgeInSeconds": RETRY_SEC, "MaximumRetryAttempts": self.retries},
                },
            },
        )

    @property
    def _target(self) -> str:
        return f"arn:{self.partition}:scheduler:::aws-sdk:{self.call.operation}"

    @property
    def _input(self) -> str:
        return json_document(self.call.parameters)


def _state(*, enabled: bool) -> str:
    return "ENABLED" if enabled else "DISABLED"
