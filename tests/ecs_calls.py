"""Calls of ECS and CloudWatch Logs, as requests that IAM decides on with the roles' policies of a stage."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from constructs_lib.engine.template import Expression, filled_in, resource_names
from tests.airflow_on_fargate.pipeline_roles.evaluator import Request
from tests.template import Properties, Template

ACCOUNT = "123456789012"


def arn(template: Template, service: str, resource: str) -> str:
    """Return an ARN in the stage's account and region."""
    return f"arn:aws:{service}:{template.region}:{ACCOUNT}:{resource}"


def role_policy(template: Template, name: str) -> dict[str, Any]:
    """Return the policy of a role with the account, the partition and the cluster filled in."""
    values = {"aws_caller_identity": ACCOUNT, "aws_partition": "aws", "aws_ecs_cluster": cluster(template)}

    def value(expression: Expression) -> str:
        [found] = expression.references
        return values.get(found.type, f"${{{expression.source}}}")

    policy: dict[str, Any] = json.loads(filled_in(template.all("aws_iam_role_policy")[name]["policy"], value))
    return policy


def cluster(template: Template) -> str:
    """Return the ARN of the stage's cluster."""
    return arn(template, "ecs", f"cluster/{template.one('aws_ecs_cluster')['name']}")


def tags(resource: Properties) -> dict[str, str]:
    """Return what a resource's own tags are as condition keys."""
    return {f"aws:ResourceTag/{key}": value for key, value in resource.get("tags", {}).items()}


def known_of_task(template: Template, service: str) -> dict[str, str]:
    """Return the condition keys of a task of a service: the task has the service's tags."""
    found = template.all("aws_ecs_service")[service]
    assert found["propagate_tags"] == "SERVICE"
    return {"ecs:cluster": cluster(template), **tags(found)}


def requests(template: Template, operation: str, parameters: Mapping[str, Any]) -> Iterator[Request]:
    """Yield what IAM decides on for a call; resources and keys are those of the service authorization reference."""
    stage = template.one("aws_ecs_cluster")["name"]
    context = {"ecs:cluster": cluster(template)}
    if operation == "GetLogEvents":
        group = f"log-group:{parameters['logGroupName']}:log-stream:{parameters['logStreamName']}"
        yield Request("logs:GetLogEvents", arn(template, "logs", group))
    elif operation == "ListTasks":
        yield Request("ecs:ListTasks", "*", context)
    elif operation == "RunTask":
        yield from _run_task(template, stage, parameters, context)
    else:
        assert operation in ("DescribeTasks", "StopTask")
        yield Request(f"ecs:{operation}", arn(template, "ecs", f"task/{stage}/0a1b"), context)


def _run_task(
    template: Template, stage: str, parameters: Mapping[str, Any], context: Mapping[str, str]
) -> Iterator[Request]:
    family = parameters["taskDefinition"]
    [definition] = [each for each in template.all("aws_ecs_task_definition").values() if each["family"] == family]
    overrides = parameters.get("overrides", {})
    size = {f"ecs:task-{key}": overrides[key] for key in ("cpu", "memory") if key in overrides}
    shell = {"ecs:enable-execute-command": "true"} if parameters.get("enableExecuteCommand") else {}
    yield Request(
        "ecs:RunTask",
        arn(template, "ecs", f"task-definition/{family}:7"),
        {**context, **tags(definition), **shell, **size},
    )
    if parameters.get("propagateTags") or parameters.get("tags"):
        created = {**context, "ecs:CreateAction": "RunTask"}
        yield Request("ecs:TagResource", arn(template, "ecs", f"task/{stage}/0a1b"), created)
    for kind in ("execution_role_arn", "task_role_arn"):
        role = template.all("aws_iam_role")[resource_names(definition[kind], "aws_iam_role")[0]]
        name = f"arn:aws:iam::{ACCOUNT}:role{role['path']}{role['name']}"
        yield Request("iam:PassRole", name, {"iam:PassedToService": "ecs-tasks.amazonaws.com"})
