"""What passes the endpoints of a closed network, by their policies."""

import json
from typing import Any

import pytest
from cdktf import Testing

from constructs_lib.engine.addressed_stack import AddressedStack
from constructs_lib.iam.account import Account
from constructs_lib.network.endpoint_policy import Perimeter
from tests.airflow_on_fargate.pipeline_roles.evaluator import Request, allows

OWN, OTHER = "111111111111", "222222222222"
LAYERS = "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/0a1b"
PACKAGES = "arn:aws:s3:::al2023-repos-us-east-1-de612dc2/core/mirrors"
BUCKET = "arn:aws:s3:::vendor-exports"


def policy(service: str, perimeter: Perimeter = Perimeter()) -> list[dict[str, Any]]:  # noqa: B008 it is frozen
    """Return the policy of the endpoint to *service*, as it is in the account `OWN`."""
    account = Account(AddressedStack(Testing.app(), "test"), "Account", region="us-east-1")
    account.id, account.partition = OWN, "aws"
    return [json.loads(perimeter.policy(service, account))]


def call(action: str, resource: str, caller: str | None = OWN, owner: str | None = OWN) -> Request:
    """Return a call of *caller*, an account or none, on a resource of *owner*."""
    context = {"aws:PrincipalAccount": caller, "aws:ResourceAccount": owner}
    return Request(action, resource, {key: value for key, value in context.items() if value})


def allowed(policy_of: list[dict[str, Any]]) -> dict[str, bool]:
    """Return which of four calls pass: of this account or another one, on this account or another one."""
    queue = "arn:aws:sqs:us-east-1:{}:queue"
    return {
        f"{caller} on {owner}": allows(policy_of, call("sqs:SendMessage", queue.format(owner), caller, owner))
        for caller in (OWN, OTHER)
        for owner in (OWN, OTHER)
    }


@pytest.mark.parametrize("service", ["sqs", "s3", "ssm", "dynamodb"])
def test_a_closed_network_reaches_its_own_account_only(service: str) -> None:
    """A closed network allows only credentials and resources of its own account."""
    assert allowed(policy(service)) == {
        f"{OWN} on {OWN}": True,
        f"{OWN} on {OTHER}": False,
        f"{OTHER} on {OWN}": False,
        f"{OTHER} on {OTHER}": False,
    }
    assert not allows(policy(service), call("s3:PutObject", f"{BUCKET}/x", None, OTHER))


def test_what_has_no_owner_passes() -> None:
    """Actions without a resource owner, such as publishing a metric, are allowed."""
    assert allows(policy("monitoring"), call("cloudwatch:PutMetricData", "*", OWN, None))
    assert not allows(policy("monitoring"), call("cloudwatch:PutMetricData", "*", OTHER, None))


def test_aws_works_in_the_network() -> None:
    """Services of AWS that call in their own name are allowed."""
    service = Request("logs:PutLogEvents", "*", {"aws:PrincipalIsAWSService": "true"})

    assert allows(policy("logs"), service)


def test_images_are_pulled() -> None:
    """Image layers in ECR's bucket can be read, not written."""
    assert allows(policy("s3"), call("s3:GetObject", LAYERS, None, None))
    assert not allows(policy("s3"), call("s3:PutObject", LAYERS, OWN, OTHER))
    assert not allows(policy("s3"), call("s3:GetObject", LAYERS.replace("us-east-1", "eu-west-1"), None, None))


def test_instances_get_their_packages() -> None:
    """Packages of Amazon Linux are allowed only with EC2 capacity."""
    assert allows(policy("s3", Perimeter(has_instances=True)), call("s3:GetObject", PACKAGES, None, None))
    assert not allows(policy("s3"), call("s3:GetObject", PACKAGES, None, None))


def test_parameters_of_aws_are_read() -> None:
    """Public SSM parameters of AWS are allowed."""
    public = "arn:aws:ssm:us-east-1::parameter/aws/service/global-infrastructure/regions"

    assert allows(policy("ssm"), call("ssm:GetParameters", public, OWN, OTHER))
    assert not allows(policy("ssm"), call("ssm:GetParameters", public, OTHER, OTHER))
