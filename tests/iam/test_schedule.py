"""Promises of a call that EventBridge Scheduler makes by the clock."""

from typing import Any

import pytest
from cdktf_cdktf_provider_aws.scheduler_schedule_group import SchedulerScheduleGroup

from constructs_lib.engine.addressed_stack import AddressedStack
from constructs_lib.iam.schedule import Call, Schedule
from tests.template import Properties, Template


def define(stack: AddressedStack, **arguments: Any) -> Schedule:  # noqa: ANN401 any argument of a schedule
    """Define a schedule in the stack."""
    schedule = Schedule(
        group="airflow-dev",
        name="airflow-dev-x",
        description="Stops it",
        expression="cron(0 0 * * ? *)",
        time_zone="UTC",
        call=Call("rds:stopDBInstance", {"DbInstanceIdentifier": "airflow-dev"}),
        role_arn="arn:aws-cn:iam::123456789012:role/x",
        partition="aws-cn",
        made_after=SchedulerScheduleGroup(stack, "Group", name="airflow-dev"),
        **arguments,
    )
    schedule.define(stack, "X")
    return schedule


@pytest.fixture(name="disabled")
def _disabled(stack: AddressedStack) -> tuple[Schedule, Properties]:
    """Return a schedule that others switch, and what Terraform makes of it."""
    return define(stack, enabled=False), Template.of(stack).one("aws_scheduler_schedule")


def test_the_call_is_spelt_as_the_scheduler_wants(stack: AddressedStack) -> None:
    """The ARN of the call has the stage's partition, and its parameters are JSON."""
    define(stack)

    schedule = Template.of(stack).one("aws_scheduler_schedule")

    assert schedule["target"]["arn"] == "arn:aws-cn:scheduler:::aws-sdk:rds:stopDBInstance"
    assert schedule["target"]["input"] == '{"DbInstanceIdentifier":"airflow-dev"}'
    assert (schedule["state"], schedule.get("lifecycle")) == ("ENABLED", None)


def test_what_others_switch_terraform_leaves(disabled: tuple[Schedule, Properties]) -> None:
    """Terraform creates the schedule disabled and ignores its state."""
    _, schedule = disabled

    assert (schedule["state"], schedule["lifecycle"]) == ("DISABLED", {"ignore_changes": ["state"]})


@pytest.mark.parametrize(("enabled", "state"), [(True, "ENABLED"), (False, "DISABLED")])
def test_a_switch_sends_every_property(enabled: bool, state: str, disabled: tuple[Schedule, Properties]) -> None:
    """The call that switches a schedule has all its properties, because AWS resets missing ones."""
    call = disabled[0].switch(enabled=enabled)

    assert (call.operation, call.parameters["State"]) == ("scheduler:updateSchedule", state)
    assert call.parameters["ScheduleExpression"] == disabled[1]["schedule_expression"]
    assert call.parameters["Description"] == disabled[1]["description"]
