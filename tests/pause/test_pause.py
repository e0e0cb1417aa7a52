"""Promises of the schedules that pause a stage and resume it."""

import json
from typing import Any

import botocore.session
import pytest

from constructs_lib.settings.pause_schedule import APART_MIN
from tests.template import Properties, Template
from tests.variants import variant, with_other_values

OPERATIONS = {
    "applicationautoscaling:registerScalableTarget": ("application-autoscaling", "RegisterScalableTarget"),
    "ecs:updateService": ("ecs", "UpdateService"),
    "rds:startDBInstance": ("rds", "StartDBInstance"),
    "rds:stopDBInstance": ("rds", "StopDBInstance"),
    "scheduler:updateSchedule": ("scheduler", "UpdateSchedule"),
    "ssm:putParameter": ("ssm", "PutParameter"),
}
"""Every operation that a schedule may call, as boto3 knows it."""


def schedules(template: Template) -> dict[str, Properties]:
    """Return the schedules that pause and resume the stage; others set the retention of logs."""
    every = template.all("aws_scheduler_schedule")
    return {name: each for name, each in every.items() if "_service_logs_" not in name}


@pytest.fixture(name="nights")
def _nights() -> Template:
    """Return a stage that is paused at night and over the weekend."""
    return variant("nights")


def input_of(template: Template, name: str) -> dict[str, Any]:
    """Return the input of the call that the schedule *name* makes."""
    found: dict[str, Any] = json.loads(schedules(template)[name]["target"]["input"])
    return found


def operation(schedule: Properties) -> str:
    """Return the operation that a schedule calls."""
    return str(schedule["target"]["arn"]).partition(":aws-sdk:")[2]


def expressions(template: Template) -> dict[str, str]:
    """Return the cron expression of each schedule."""
    return {name: each["schedule_expression"] for name, each in schedules(template).items()}


def test_steps_come_in_their_order(nights: Template) -> None:
    """The steps are in order, also across midnight."""
    when = expressions(nights)

    assert when["pause_worker_default"] == when["pause_running_core"] == "cron(50 23 ? * MON-FRI *)"
    assert when["pause_scheduler"] == when["pause_api_server"] == "cron(5 0 ? * TUE,WED,THU,FRI,SAT *)"
    assert when["pause_database"] == when["pause_daily_stop"] == "cron(10 0 ? * TUE,WED,THU,FRI,SAT *)"
    assert when["resume_daily_stop"] == "cron(30 6 ? * MON-FRI *)"
    assert when["resume_database"] == "cron(32 6 ? * MON-FRI *)"
    assert when["resume_scheduler"] == when["resume_running_core"] == "cron(42 6 ? * MON-FRI *)"
    assert when["resume_worker_default"] == when["resume_running_all"] == "cron(47 6 ? * MON-FRI *)"


def test_every_service_is_stopped_and_started(nights: Template) -> None:
    """Each service has one call in the pause and one in the resume."""
    names = {f"{verb}_{service}" for service in nights.all("aws_ecs_service") for verb in ("pause", "resume")}

    assert names <= schedules(nights).keys()


@pytest.mark.parametrize(("verb", "count"), [("pause", 0), ("resume", 2)])
def test_a_fixed_number_of_tasks_is_set(nights: Template, verb: str, count: int) -> None:
    """A service without scaling is set to 0 and back to its count."""
    call = schedules(nights)[f"{verb}_scheduler"]

    assert operation(call) == "ecs:updateService"
    assert input_of(nights, f"{verb}_scheduler") == {
        "Cluster": "airflow-nights",
        "Service": "scheduler",
        "DesiredCount": count,
    }


@pytest.mark.parametrize(("verb", "minimum", "maximum"), [("pause", 0, 0), ("resume", 1, 3)])
def test_a_service_that_scales_gets_bounds(nights: Template, verb: str, minimum: int, maximum: int) -> None:
    """A service with scaling gets bounds of 0 and its own bounds again."""
    call = schedules(nights)[f"{verb}_worker_default"]

    assert operation(call) == "applicationautoscaling:registerScalableTarget"
    assert input_of(nights, f"{verb}_worker_default") == {
        "ServiceNamespace": "ecs",
        "ScalableDimension": "ecs:service:DesiredCount",
        "ResourceId": "service/airflow-nights/worker-default",
        "MinCapacity": minimum,
        "MaxCapacity": maximum,
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pause_running_core", "core"),
        ("pause_running_nothing", "nothing"),
        ("resume_running_core", "core"),
        ("resume_running_all", "all"),
    ],
)
def test_the_parameter_follows_the_steps(nights: Template, name: str, value: str) -> None:
    """The parameter changes with the steps, so a plan during a pause expects what runs."""
    assert input_of(nights, name) == {"Name": "/airflow-nights/running", "Value": value, "Overwrite": True}


def test_all_schedules_have_one_time_zone_and_no_late_retries(nights: Template) -> None:
    """All schedules have one time zone, and their retries end before the next pause or resume."""
    for schedule in schedules(nights).values():
        assert schedule["schedule_expression_timezone"] == "Europe/Berlin"
        assert schedule["flexible_time_window"] == {"mode": "OFF"}
        assert schedule["target"]["retry_policy"]["maximum_event_age_in_seconds"] <= 60 * APART_MIN / 2
        assert schedule["group_name"] == nights.all("aws_scheduler_schedule_group")["pause"]["name"]
        assert schedule["depends_on"] == ["aws_scheduler_schedule_group.pause"]


def test_a_call_that_fails_is_retried_but_not_the_daily_stop(nights: Template) -> None:
    """A failed call is retried, except that of the daily stop."""
    retries = {
        name: schedule["target"]["retry_policy"]["maximum_retry_attempts"]
        for name, schedule in schedules(nights).items()
    }

    assert retries.pop("pause_keep_database_stopped") == 0
    assert set(retries.values()) == {30}


def test_the_database_is_named_as_the_java_sdk_names_it(nights: Template) -> None:
    """The input spells the database as AWS's SDK for Java does."""
    for name in ("pause_database", "resume_database", "pause_keep_database_stopped"):
        assert input_of(nights, name) == {"DbInstanceIdentifier": nights.one("aws_db_instance")["identifier"]}


def test_aws_has_every_operation(nights: Template) -> None:
    """Each operation exists in AWS with its parameters."""
    session = botocore.session.get_session()

    for name, schedule in schedules(nights).items():
        service, called = OPERATIONS[operation(schedule)]
        shape = session.get_service_model(service).operation_model(called).input_shape
        assert shape
        known = {key.casefold() for key in shape.members}
        sent = input_of(nights, name)
        assert {key.casefold() for key in sent} <= known, name
        assert {key.casefold() for key in shape.required_members} <= {key.casefold() for key in sent}, name
        assert all(key[0].isupper() for key in sent), name


def test_every_call_is_allowed_and_nothing_else(nights: Template) -> None:
    """The schedules' role allows exactly their calls, and to pass itself for updates."""
    called = {
        f"{service}:{name}" for service, name in (OPERATIONS[operation(each)] for each in schedules(nights).values())
    }

    assert nights.actions("pause_grants") == called | {"ecs:DescribeServices", "iam:PassRole"}
    assert not [
        resource
        for _, statement in nights.statements(name="pause_grants")
        for resource in statement["Resource"]
        if "*" in resource
    ]


def test_only_the_stages_schedules_take_the_role(nights: Template) -> None:
    """Only schedules of the stage's group can assume the role."""
    [statement] = json.loads(nights.all("aws_iam_role")["pause"]["assume_role_policy"])["Statement"]

    assert statement["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert statement["Condition"]["ArnLike"]["aws:SourceArn"].endswith(":schedule-group/airflow-nights")
    assert "aws:SourceAccount" in statement["Condition"]["StringEquals"]


def test_the_daily_stop_is_off_until_a_pause(nights: Template) -> None:
    """The daily stop is disabled until a pause enables it, and Terraform ignores its state."""
    found = schedules(nights)
    kept = found["pause_keep_database_stopped"]
    switched = input_of(nights, "pause_daily_stop")
    off = input_of(nights, "resume_daily_stop")

    assert (kept["state"], kept["lifecycle"]) == ("DISABLED", {"ignore_changes": ["state"]})
    assert operation(kept) == "rds:stopDBInstance"
    assert off == switched | {"State": "DISABLED"}
    assert (switched.pop("State"), switched.pop("FlexibleTimeWindow")) == ("ENABLED", {"Mode": "OFF"})
    assert switched == {
        "GroupName": kept["group_name"],
        "Name": kept["name"],
        "Description": kept["description"],
        "ScheduleExpression": kept["schedule_expression"],
        "ScheduleExpressionTimezone": kept["schedule_expression_timezone"],
        "Target": {
            "Arn": kept["target"]["arn"],
            "RoleArn": kept["target"]["role_arn"],
            "Input": kept["target"]["input"],
            "RetryPolicy": {
                "MaximumEventAgeInSeconds": kept["target"]["retry_policy"]["maximum_event_age_in_seconds"],
                "MaximumRetryAttempts": kept["target"]["retry_policy"]["maximum_retry_attempts"],
            },
        },
    }


def test_a_stage_without_a_pause_schedule_has_only_the_daily_stop(compact: Template) -> None:
    """A stage without a pause schedule has only the daily stop."""
    assert schedules(compact).keys() == {"pause_keep_database_stopped"}
    assert compact.actions("pause_grants") == {"rds:StopDBInstance"}


def test_an_existing_database_is_never_stopped() -> None:
    """An existing database is never stopped."""
    scheduled = with_other_values("existing")

    assert not [name for name in schedules(scheduled) if "database" in name or "daily" in name]
    assert not [action for action in scheduled.actions("pause_grants") if action.startswith(("rds:", "iam:"))]
    assert "pause_scheduler" in schedules(scheduled)
    assert not schedules(variant("existing"))


def test_a_compact_stage_has_one_service_to_stop() -> None:
    """A compact stage stops its one service after `drain_min` minutes."""
    template = with_other_values("compact")

    assert not [action for action in template.actions("pause_grants") if action.startswith("application-autoscaling:")]
    assert expressions(template).keys() == {
        f"{verb}_{part}"
        for verb, parts in {
            "pause": ("airflow", "running_nothing", "database", "daily_stop", "keep_database_stopped"),
            "resume": ("airflow", "running_all", "database", "daily_stop"),
        }.items()
        for part in parts
    }
