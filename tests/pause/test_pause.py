"""Promises of what stops a stage by the clock, and wakes it."""

import json

import botocore.session
import pytest

from constructs_lib.settings.pause_schedule import APART_MIN
from tests.template import Properties, Template
from tests.variants import changed, variant

OPERATIONS = {
    "applicationautoscaling:registerScalableTarget": ("application-autoscaling", "RegisterScalableTarget"),
    "ecs:updateService": ("ecs", "UpdateService"),
    "rds:startDBInstance": ("rds", "StartDBInstance"),
    "rds:stopDBInstance": ("rds", "StopDBInstance"),
    "scheduler:updateSchedule": ("scheduler", "UpdateSchedule"),
    "ssm:putParameter": ("ssm", "PutParameter"),
}
"""Every operation that a schedule may call, as boto3 knows it."""
HOURS = {"pause": "cron(50 23 ? * MON-FRI *)", "resume": "cron(30 6 ? * MON-FRI *)"}


def schedules(template: Template) -> dict[str, Properties]:
    """Return the schedules that pause and wake the stage; others set the retention of logs."""
    every = template.all("aws_scheduler_schedule")
    return {name: each for name, each in every.items() if "_service_logs_" not in name}


@pytest.fixture(name="nights")
def _nights() -> Template:
    """Return a stage that is paused at night and over the weekend."""
    return variant("nights")


def operation(schedule: Properties) -> str:
    """Return what a schedule calls."""
    return str(schedule["target"]["arn"]).partition(":aws-sdk:")[2]


def expressions(template: Template) -> dict[str, str]:
    """Return when each schedule comes."""
    return {name: each["schedule_expression"] for name, each in schedules(template).items()}


def test_steps_come_in_their_order(nights: Template) -> None:
    """A pause that begins ten minutes before midnight goes on on the next day."""
    when = expressions(nights)

    assert when["pause_worker_default"] == when["pause_running_core"] == "cron(50 23 ? * MON-FRI *)"
    assert when["pause_scheduler"] == when["pause_api_server"] == "cron(5 0 ? * TUE,WED,THU,FRI,SAT *)"
    assert when["pause_database"] == when["pause_daily_stop"] == "cron(10 0 ? * TUE,WED,THU,FRI,SAT *)"
    assert when["resume_daily_stop"] == "cron(30 6 ? * MON-FRI *)"
    assert when["resume_database"] == "cron(32 6 ? * MON-FRI *)"
    assert when["resume_scheduler"] == when["resume_running_core"] == "cron(42 6 ? * MON-FRI *)"
    assert when["resume_worker_default"] == when["resume_running_all"] == "cron(47 6 ? * MON-FRI *)"


def test_every_service_is_stopped_and_woken(nights: Template) -> None:
    """None is forgotten, and each gets back what the settings say."""
    names = {f"{verb}_{service}" for service in nights.all("aws_ecs_service") for verb in ("pause", "resume")}
    woken = json.loads(schedules(nights)["resume_scheduler"]["target"]["input"])

    assert names <= schedules(nights).keys()
    assert woken["DesiredCount"] == 2


def test_all_go_by_one_clock(nights: Template) -> None:
    """At the minute that is said, with its summer time, and not after their time."""
    for schedule in schedules(nights).values():
        assert schedule["schedule_expression_timezone"] == "Europe/Berlin"
        assert schedule["flexible_time_window"] == {"mode": "OFF"}
        # A pause that fails is no longer tried when the stage wakes, nor the other way round.
        assert schedule["target"]["retry_policy"]["maximum_event_age_in_seconds"] <= 60 * APART_MIN / 2
        assert schedule["group_name"] == nights.all("aws_scheduler_schedule_group")["pause"]["name"]
        assert schedule["depends_on"] == ["aws_scheduler_schedule_group.pause"]


def test_a_call_that_fails_is_tried_again_but_not_the_daily_stop(nights: Template) -> None:
    """It fails while the database is stopped, and its repetition would stop one that has just been woken."""
    retries = {
        name: schedule["target"]["retry_policy"]["maximum_retry_attempts"]
        for name, schedule in schedules(nights).items()
    }

    assert retries.pop("pause_keep_database_stopped") == 0
    assert set(retries.values()) == {30}


def test_the_database_is_named_as_the_java_sdk_names_it(nights: Template) -> None:
    """EventBridge Scheduler takes no other spelling (AWS: "Using universal targets")."""
    for name in ("pause_database", "resume_database", "pause_keep_database_stopped"):
        parameters = json.loads(schedules(nights)[name]["target"]["input"])
        assert parameters == {"DbInstanceIdentifier": nights.one("aws_db_instance")["identifier"]}


def test_every_call_is_one_of_awss(nights: Template) -> None:
    """The operation exists, with these parameters; the scheduler spells them with a capital."""
    session = botocore.session.get_session()

    for name, schedule in schedules(nights).items():
        service, called = OPERATIONS[operation(schedule)]
        shape = session.get_service_model(service).operation_model(called).input_shape
        assert shape
        known = {key.casefold() for key in shape.members}
        parameters = json.loads(schedule["target"]["input"])
        assert {key.casefold() for key in parameters} <= known, name
        assert {key.casefold() for key in shape.required_members} <= {key.casefold() for key in parameters}, name
        assert all(key[0].isupper() for key in parameters), name


def test_every_call_is_allowed_and_nothing_else(nights: Template) -> None:
    """The role may do what the schedules call; to change one, it hands its own role on."""
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
    """Neither another account's nor another group's."""
    [statement] = json.loads(nights.all("aws_iam_role")["pause"]["assume_role_policy"])["Statement"]

    assert statement["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert statement["Condition"]["ArnLike"]["aws:SourceArn"].endswith(":schedule-group/airflow-nights")
    assert "aws:SourceAccount" in statement["Condition"]["StringEquals"]


def test_the_daily_stop_is_off_until_a_pause(nights: Template) -> None:
    """Terraform leaves it as pause and waking have switched it, which change nothing else of it."""
    found = schedules(nights)
    kept = found["pause_keep_database_stopped"]
    switched = json.loads(found["pause_daily_stop"]["target"]["input"])

    assert (kept["state"], kept["lifecycle"]) == ("DISABLED", {"ignore_changes": ["state"]})
    assert operation(kept) == "rds:stopDBInstance"
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


def test_without_a_clock_there_is_the_daily_stop_alone(compact: Template) -> None:
    """For a pause by hand that lasts longer than RDS's seven days."""
    assert schedules(compact).keys() == {"pause_keep_database_stopped"}
    assert compact.actions("pause_grants") == {"rds:StopDBInstance"}


def test_a_database_that_was_there_is_left_alone() -> None:
    """With a clock the services are stopped, and without one there is nothing to do."""
    by_clock = changed("existing", pause_schedule=HOURS)

    assert not [name for name in schedules(by_clock) if "database" in name or "daily" in name]
    assert not [action for action in by_clock.actions("pause_grants") if action.startswith(("rds:", "iam:"))]
    assert "pause_scheduler" in schedules(by_clock)
    assert not schedules(variant("existing"))


def test_a_compact_stage_has_nothing_that_scales() -> None:
    """Its only service is set to none and to one, after the time that workers of others have."""
    template = changed("compact", pause_schedule=HOURS)

    assert not [action for action in template.actions("pause_grants") if action.startswith("application-autoscaling:")]
    assert expressions(template).keys() == {
        f"{verb}_{part}"
        for verb, parts in {
            "pause": ("airflow", "running_nothing", "database", "daily_stop", "keep_database_stopped"),
            "resume": ("airflow", "running_all", "database", "daily_stop"),
        }.items()
        for part in parts
    }
