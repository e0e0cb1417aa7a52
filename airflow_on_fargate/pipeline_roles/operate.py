"""What `make status`, `pause` and `resume` need, the watch of `make deploy` and the first step of `make destroy`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_on_fargate.pipeline_roles.stage_arns import statement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow_on_fargate.pipeline_roles.stage_arns import StageArns, Statement
    from constructs_lib.settings.settings import Settings


def operate(arns: StageArns, settings: Settings) -> Iterator[Statement]:
    """Yield what operators need, without permission to create, change or delete a resource."""
    name = arns.name
    yield statement(
        "Look",
        ["ecs:DescribeServices", "ecs:DescribeTasks", "ecs:GetTaskProtection", "ecs:StopTask", "ecs:UpdateService"],
        arns.of("ecs", f"service/{name}/*", f"task/{name}/*"),
    )
    yield statement("LookAtDefinitions", ["ecs:DescribeTaskDefinition"], ["*"])
    # AWS documents a container instance as its resource; the condition applies in any case.
    yield statement(
        "ListTasks", ["ecs:ListTasks"], ["*"], {"ArnEquals": {"ecs:cluster": arns.of("ecs", f"cluster/{name}")[0]}}
    )
    # AWS limits it to no resource.
    yield statement("LookAhead", ["cloudwatch:GetMetricData"], ["*"])
    yield statement(
        "Scale",
        ["application-autoscaling:RegisterScalableTarget"],
        arns.of("application-autoscaling", "scalable-target/*"),
        arns.tagged,
    )
    yield statement(
        "SayWhatRuns", ["ssm:GetParameter", "ssm:PutParameter"], arns.of("ssm", f"parameter/{name}/running")
    )
    if not settings.existing_database:
        yield statement(
            "Database",
            ["rds:DescribeDBInstances", "rds:StartDBInstance", "rds:StopDBInstance"],
            arns.of("rds", f"db:{name}"),
        )
        yield statement(
            "KeepStopped",
            ["scheduler:GetSchedule", "scheduler:UpdateSchedule"],
            arns.of("scheduler", f"schedule/{name}/*"),
        )
        # UpdateSchedule writes the whole schedule, with its role.
        yield statement(
            "HandOnRoleOfSchedule",
            ["iam:PassRole"],
            arns.everywhere("iam", f"role{settings.role_path}{name}/{name}-pause"),
            {"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}},
        )
