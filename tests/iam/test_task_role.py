"""Promises of what tasks may do."""

import json

import pytest
from cdktf_cdktf_provider_aws.sqs_queue import SqsQueue

from constructs_lib.engine.addressed_stack import AddressedStack
from constructs_lib.engine.order import create_after
from constructs_lib.iam.account import Account
from constructs_lib.iam.task_role import TaskRole
from tests.template import Template

BOUNDARY = "arn:aws:iam::123456789012:policy/boundary"


@pytest.fixture(name="role")
def _role(stack: AddressedStack) -> TaskRole:
    account = Account(
        stack, "Account", region="eu-central-1", role_path="/teams/data/", permissions_boundary_arn=BOUNDARY
    )
    return TaskRole(stack, "TaskRole", account=account, name="worker", path="airflow-dev/tasks/")


def test_it_begins_with_no_permission(stack: AddressedStack, role: TaskRole) -> None:
    """A role starts with no policy and no dependency."""
    queue = SqsQueue(stack, "Queue")
    create_after(queue, role.ready)

    template = Template.of(stack)
    assert not template.all("aws_iam_role_policy")
    assert not template.one("aws_sqs_queue")["depends_on"]


@pytest.mark.usefixtures("role")
def test_path_and_boundary_are_the_stages(stack: AddressedStack) -> None:
    """A role has the account's path, then its own, and the account's boundary."""
    properties = Template.of(stack).one("aws_iam_role")

    assert properties["path"] == "/teams/data/airflow-dev/tasks/"
    assert properties["permissions_boundary"] == BOUNDARY


def test_grants_go_into_one_policy(stack: AddressedStack, role: TaskRole) -> None:
    """All grants are in one policy, each once and in order, which a service can depend on."""
    queue = SqsQueue(stack, "Queue")
    create_after(queue, role.ready)
    role.allow(["s3:GetObject"], ["arn:aws:s3:::a/*"])
    role.allow(["s3:PutObject"], ["arn:aws:s3:::a/*"], {"Bool": {"x": "true"}})
    role.allow(["s3:GetObject"], ["arn:aws:s3:::a/*"])

    template = Template.of(stack)
    statements = json.loads(template.one("aws_iam_role_policy")["policy"])["Statement"]

    assert [statement["Action"] for statement in statements] == [["s3:GetObject"], ["s3:PutObject"]]
    assert statements[1]["Condition"] == {"Bool": {"x": "true"}}
    assert template.one("aws_sqs_queue")["depends_on"] == ["aws_iam_role_policy.task"]


@pytest.mark.usefixtures("role")
def test_only_this_accounts_tasks_take_it(stack: AddressedStack) -> None:
    """Only ECS tasks of the stage's account and region can assume the role."""
    [statement] = json.loads(Template.of(stack).one("aws_iam_role")["assume_role_policy"])["Statement"]

    assert statement["Principal"] == {"Service": "ecs-tasks.amazonaws.com"}
    assert statement["Condition"]["StringEquals"]["aws:SourceAccount"].startswith("${data.aws_caller_identity.")
    assert statement["Condition"]["ArnLike"]["aws:SourceArn"].endswith(
        ":ecs:eu-central-1:${data.aws_caller_identity.account.account_id}:*"
    )
