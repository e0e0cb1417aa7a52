"""Promises of what a stage needs and reaches in a network without a route to the internet."""

from pathlib import Path
from typing import Any

import pytest

from constructs_lib.airflow.closed_network import endpoint_services, perimeter
from constructs_lib.settings.capacity import Ec2Capacity
from constructs_lib.settings.dag_bundles import DagsInS3
from constructs_lib.settings.existing import ExistingDatabase
from constructs_lib.settings.permission import Permission
from constructs_lib.settings.settings import Settings
from constructs_lib.settings.task_folder import TaskFolder
from constructs_lib.settings.task_settings import TaskSettings
from constructs_lib.settings.worker_pool import WorkerPool
from tests.airflow_on_fargate.pipeline_roles.evaluator import allows
from tests.network import test_endpoint_policy as endpoint
from tests.network.test_endpoint_policy import BUCKET, OTHER, OWN, PACKAGES, allowed, call

THIRD = "333333333333"
ALWAYS = ["ecr.api", "ecr.dkr", "ecs", "logs", "secretsmanager", "sqs"]


def folder(settings: TaskSettings) -> TaskFolder:
    """Return a task with these settings."""
    return TaskFolder("x", Path("x"), settings)


def test_the_list_is_what_is_used() -> None:
    """The endpoints are those for images, logs, secrets, the broker and ECS, and no others."""
    assert endpoint_services(Settings(stage="dev"), [folder(TaskSettings(secrets={"A": "team/token"}))]) == ALWAYS


def test_a_shell_needs_its_channel() -> None:
    """A stage with ECS Exec has the endpoint `ssmmessages`."""
    services = endpoint_services(Settings(stage="dev", execute_command=True), [])

    assert services == sorted([*ALWAYS, "ssmmessages"])


def test_instances_have_an_agent_that_talks_to_ecs() -> None:
    """EC2 instances need two endpoints of ECS's agent that Fargate does not need."""
    capacity = Ec2Capacity(instance_type="m7i.large", max_instances=1)
    services = endpoint_services(Settings(stage="dev", ec2_capacity=capacity), [])

    assert services == sorted([*ALWAYS, "ecs-agent", "ecs-telemetry"])


@pytest.mark.parametrize("secret", ["/team/token", "arn:aws:ssm:eu-central-1:123456789012:parameter/team/token"])
def test_a_parameter_needs_ssm(secret: str) -> None:
    """One task that names an SSM parameter, by path or by ARN, is enough to add the endpoint `ssm`."""
    services = endpoint_services(
        Settings(stage="dev"), [folder(TaskSettings()), folder(TaskSettings(secrets={"A": secret}))]
    )

    assert services == sorted([*ALWAYS, "ssm"])


@pytest.mark.parametrize(
    "settings",
    [
        {"secrets": {"TOKEN": "/team/token"}},
        {"processes": {"triggerer": {"secrets": {"TOKEN": "/team/token"}}}},
        {"worker_pools": {"spot": {"secrets": {"TOKEN": "/team/token"}}}},
        {"dags": {"url": "https://git.example.com/dags", "secret": "/team/token"}},
    ],
)
def test_a_parameter_of_airflows_containers_needs_ssm(settings: dict[str, Any]) -> None:
    """A parameter that any of Airflow's containers gets or reads adds the endpoint `ssm`."""
    assert "ssm" in endpoint_services(Settings(stage="dev", **settings), [])


def test_a_stage_adds_what_its_dags_call() -> None:
    """`additional_endpoints` adds the services that DAGs call, without a second endpoint for one that exists."""
    settings = Settings(stage="dev", nat="none", additional_endpoints=("kms", "sqs"))

    assert endpoint_services(settings, []) == sorted([*ALWAYS, "kms"])


def policy(service: str, tasks: TaskSettings | None = None, **settings: Any) -> list[dict[str, Any]]:  # noqa: ANN401 any
    """Return the policy of the endpoint to *service* in a stage with these settings."""
    return endpoint.policy(
        service, perimeter(Settings(stage="dev", nat="none", **settings), [folder(tasks or TaskSettings())])
    )


def test_the_policy_knows_whether_there_are_instances() -> None:
    """The endpoint policy allows AWS's packages only in a stage with EC2 instances."""
    capacity = Ec2Capacity(instance_type="m7i.large", max_instances=1)

    assert allows(policy("s3", ec2_capacity=capacity), call("s3:GetObject", PACKAGES, None, None))


@pytest.mark.parametrize("resource", [f"{BUCKET}/in/*", BUCKET])
def test_a_bucket_that_a_permission_names_is_reached(resource: str) -> None:
    """A bucket in a permission is allowed if it belongs to this account, because its ARN names no account."""
    permission = Permission(actions=("s3:GetObject",), resources=(resource,))
    for closed in (
        policy("s3", TaskSettings(permissions=(permission,))),
        policy("s3", worker_pools={"default": WorkerPool(permissions=(permission,))}),
    ):
        assert allows(closed, call("s3:GetObject", f"{BUCKET}/in/a", OWN, OTHER))
        assert allows(closed, call("s3:ListBucket", BUCKET, OWN, OTHER))
        assert not allows(closed, call("s3:GetObject", f"{BUCKET}/in/a", OTHER, OTHER))
        assert not allows(closed, call("s3:GetObject", f"{BUCKET}-2/a", OWN, OTHER))


def test_a_bucket_of_dags_is_reached() -> None:
    """A bucket in `dags` is allowed in any account, and the account of its KMS key is not: S3 itself asks KMS."""
    key = f"arn:aws:kms:us-east-1:{OTHER}:key/0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
    bundle = DagsInS3(bucket=BUCKET.rpartition(":")[2], kms_key_arn=key)

    assert allows(policy("s3", dags=bundle), call("s3:GetObject", f"{BUCKET}/dags/a", OWN, OTHER))
    assert not allows(policy("s3", dags=bundle), call("s3:GetObject", f"{BUCKET}-2/a", OWN, OTHER))
    assert not allows(
        policy("sqs", dags=bundle), call("sqs:SendMessage", f"arn:aws:sqs:us-east-1:{OTHER}:a", OWN, OTHER)
    )


def test_a_permission_on_all_buckets_names_none() -> None:
    """A permission on all buckets opens the endpoint to no other bucket."""
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
    """Resources of another account that the settings name are allowed, and that account's credentials are not."""
    assert allowed(policy("sqs", **settings)) == {
        f"{OWN} on {OWN}": True,
        f"{OWN} on {OTHER}": True,
        f"{OTHER} on {OWN}": False,
        f"{OTHER} on {OTHER}": False,
    }


def test_roles_of_terraform_open_nothing() -> None:
    """Roles that only Terraform uses open no endpoint."""
    closed = policy(
        "sqs",
        assume_role_arn=f"arn:aws:iam::{OTHER}:role/deploy",
        state_role_arn=f"arn:aws:iam::{OTHER}:role/state",
        permissions_boundary_arn=f"arn:aws:iam::{OTHER}:policy/boundary",
    )

    assert not allowed(closed)[f"{OWN} on {OTHER}"]


def test_a_trusted_account_passes_both_ways() -> None:
    """Roles and resources of an account in `endpoint_accounts` are allowed, and those of other accounts are not."""
    trusting = policy("sqs", endpoint_accounts=(OTHER,))

    assert set(allowed(trusting).values()) == {True}
    assert not allows(trusting, call("sqs:SendMessage", "*", THIRD, OWN))
