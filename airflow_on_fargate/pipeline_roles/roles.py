"""What a deployment needs of IAM: roles below the stage's path, and no way to extend its own permissions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_on_fargate.pipeline_roles.stage_arns import statement
from constructs_lib.settings.partition import partition_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow_on_fargate.pipeline_roles.stage_arns import StageArns, Statement
    from constructs_lib.settings.settings import Settings

BOUND = ("iam:CreateRole", "iam:DeleteRolePolicy", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy")
"""Actions that a policy can limit to roles with a permissions boundary."""
SERVICE_LINKED = (
    *("ecs.amazonaws.com", "ecs.application-autoscaling.amazonaws.com", "elasticfilesystem.amazonaws.com"),
    *("elasticloadbalancing.amazonaws.com", "rds.amazonaws.com"),
)
"""Each service creates its role with the first resource in an account."""
INSTANCES_SERVICE_LINKED = "autoscaling.amazonaws.com"


def roles(arns: StageArns, settings: Settings) -> Iterator[Statement]:
    """Yield what creates, changes, deletes and passes the stage's roles; with a boundary, only roles that have it."""
    own = arns.everywhere("iam", f"role{settings.role_path}{arns.name}/*")
    boundary = settings.permissions_boundary_arn
    yield statement(
        "RolesWithTheBoundary" if boundary else "Roles",
        BOUND,
        own,
        {"StringEquals": {"iam:PermissionsBoundary": boundary}} if boundary else None,
    )
    yield statement(
        "RolesThemselves",
        [
            *("iam:DeleteRole", "iam:ListInstanceProfilesForRole", "iam:TagRole", "iam:UntagRole"),
            *("iam:UpdateAssumeRolePolicy", "iam:UpdateRole", "iam:UpdateRoleDescription"),
        ],
        own,
    )
    takers = ["ecs-tasks.amazonaws.com", "scheduler.amazonaws.com"]
    if settings.ec2_capacity:
        # In China the instances take the role by another name than the instance profile.
        takers += sorted({"ec2.amazonaws.com", partition_of(settings.region).ec2_principal})
    yield statement("HandOnRoles", ["iam:PassRole"], own, {"StringEquals": {"iam:PassedToService": takers}})
    services = [*SERVICE_LINKED, *([INSTANCES_SERVICE_LINKED] if settings.ec2_capacity else [])]
    yield statement(
        "FirstOfTheAccount",
        ["iam:CreateServiceLinkedRole"],
        arns.everywhere("iam", "role/aws-service-role/*"),
        {"StringEquals": {"iam:AWSServiceName": services}},
    )
