"""What passes the endpoints of a closed network, by their policies."""

import json
from typing import Any

import pytest
from cdktf import Testing

from constructs_lib.airflow.closed_network import perimeter
from constructs_lib.engine.addressed_stack import AddressedStack
from constructs_lib.iam.account import Account
from constructs_lib.settings.capacity import Ec2Capacity
from constructs_lib.settings.existing import ExistingDatabase
from constructs_lib.settings.permission import Permission
from constructs_lib.settings.settings import Settings
from constructs_lib.settings.task_settings import TaskSettings
from constructs_lib.settings.worker_pool import WorkerPool
from tests.airflow_on_fargate.pipeline_roles.evaluator import Request, allows
from tests.network.test_endpoints import folder

OWN, OTHER, THIRD = "111111111111", "222222222222", "333333333333"
LAYERS = "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/0a1b"
PACKAGES = "arn:aws:s3:::al2023-repos-us-east-1-de612dc2/core/mirrors"
BUCKET = "arn:aws:s3:::vendor-exports"


def policy(service: str, tasks: TaskSettings | None = None, **settings: Any) -> list[dict[str, Any]]:  # noqa: ANN401 any
    """Return the policy of the endpoint to *service*, as it is in the account `OWN`."""
    named = perimeter(Settings(stage="dev", nat="none", **settings), [folder(tasks or TaskSettings())])
    account = Account(AddressedStack(Testing.app(), "test"), "Account", region="us-east-1")
    account.id, account.partition = OWN, "aws"
    return [json.loads(named.policy(service, account))]


def call(action: str, resource: str, caller: str | None = OWN, owner: str | None = OWN) -> Request:
    """Return a call of *caller*, an account or nobody that AWS knows, on a resource of *owner*."""
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
    """Neither with credentials of another account, which somebody has brought along, nor a resource of another one."""
    assert allowed(policy(service)) == {
        f"{OWN} on {OWN}": True,
        f"{OWN} on {OTHER}": False,
        f"{OTHER} on {OWN}": False,
        f"{OTHER} on {OTHER}": False,
    }
    assert not allows(policy(service), call("s3:PutObject", f"{BUCKET}/x", None, OTHER))


def test_what_has_no_owner_passes() -> None:
    """A metric belongs to whoever publishes it, and AWS need not say whose it is."""
    assert allows(policy("monitoring"), call("cloudwatch:PutMetricData", "*", OWN, None))
    assert not allows(policy("monitoring"), call("cloudwatch:PutMetricData", "*", OTHER, None))


def test_aws_works_in_the_network() -> None:
    """A service that calls in its own name belongs to no account."""
    service = Request("logs:PutLogEvents", "*", {"aws:PrincipalIsAWSService": "true"})

    assert allows(policy("logs"), service)


def test_images_are_pulled() -> None:
    """Layers lie in a bucket of ECR's, to which ECR signs the URL; nothing can be written there."""
    assert allows(policy("s3"), call("s3:GetObject", LAYERS, None, None))
    assert not allows(policy("s3"), call("s3:PutObject", LAYERS, OWN, OTHER))
    assert not allows(policy("s3"), call("s3:GetObject", LAYERS.replace("us-east-1", "eu-west-1"), None, None))


def test_instances_get_their_packages() -> None:
    """With EC2 capacity, and only then."""
    capacity = Ec2Capacity(instance_type="m7i.large", max_instances=1)

    assert allows(policy("s3", ec2_capacity=capacity), call("s3:GetObject", PACKAGES, None, None))
    assert not allows(policy("s3"), call("s3:GetObject", PACKAGES, None, None))


def test_parameters_of_aws_are_read() -> None:
    """They have no account in their ARN."""
    public = "arn:aws:ssm:us-east-1::parameter/aws/service/global-infrastructure/regions"

    assert allows(policy("ssm"), call("ssm:GetParameters", public, OWN, OTHER))
    assert not allows(policy("ssm"), call("ssm:GetParameters", public, OTHER, OTHER))


@pytest.mark.parametrize("resource", [f"{BUCKET}/in/*", BUCKET])
def test_a_bucket_that_a_permission_names_is_reached(resource: str) -> None:
    """By this account; its ARN does not say whose it is."""
    permission = Permission(actions=("s3:GetObject",), resources=(resource,))
    for closed in (
        policy("s3", TaskSettings(permissions=(permission,))),
        policy("s3", worker_pools={"default": WorkerPool(permissions=(permission,))}),
    ):
        assert allows(closed, call("s3:GetObject", f"{BUCKET}/in/a", OWN, OTHER))
        assert allows(closed, call("s3:ListBucket", BUCKET, OWN, OTHER))
        assert not allows(closed, call("s3:GetObject", f"{BUCKET}/in/a", OTHER, OTHER))
        assert not allows(closed, call("s3:GetObject", f"{BUCKET}-2/a", OWN, OTHER))


def test_a_permission_on_all_buckets_names_none() -> None:
    """The network stays closed, whatever a role may do."""
    permission = Permission(actions=("s3:Get*",), resources=("arn:aws:s3:::*", "*"))
    closed = policy("s3", TaskSettings(permissions=(permission,)))

    assert not allows(closed, call("s3:GetObject", f"{BUCKET}/a", OWN, OTHER))


@pytest.mark.parametrize(
    "settings",
    [
        {"airflow_image": f"{OTHER}.dkr.ecr.us-east-1.amazonaws.com/airflow:1"},
        {"task_images": {"x": f"{OTHER}.dkr.ecr.us-east-1.amazonaws.com/x:1"}},
        {
            "existing_database": ExistingDatabase(
                host="db.example.com",
                secret_arn=f"arn:aws:secretsmanager:us-east-1:{OTHER}:secret:db-a1B2c3",
                security_group_id="sg-0a1b2c3d",
            )
        },
    ],
)
def test_what_is_named_of_another_account_is_used(settings: dict[str, Any]) -> None:
    """An image or a secret: this account may use what that one owns, and that one's credentials do not pass."""
    assert allowed(policy("sqs", **settings)) == {
        f"{OWN} on {OWN}": True,
        f"{OWN} on {OTHER}": True,
        f"{OTHER} on {OWN}": False,
        f"{OTHER} on {OTHER}": False,
    }


def test_roles_of_terraform_open_nothing() -> None:
    """They are used by the machine that deploys, outside of the network."""
    closed = policy(
        "sqs",
        assume_role_arn=f"arn:aws:iam::{OTHER}:role/deploy",
        state_role_arn=f"arn:aws:iam::{OTHER}:role/state",
        permissions_boundary_arn=f"arn:aws:iam::{OTHER}:policy/boundary",
    )

    assert not allowed(closed)[f"{OWN} on {OTHER}"]


def test_a_trusted_account_passes_both_ways() -> None:
    """A DAG may take a role there, and use what belongs to it; a third account stays out."""
    trusting = policy("sqs", endpoint_accounts=(OTHER,))

    assert set(allowed(trusting).values()) == {True}
    assert not allows(trusting, call("sqs:SendMessage", "*", THIRD, OWN))
