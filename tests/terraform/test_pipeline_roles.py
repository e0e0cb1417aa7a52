"""The documented roles have what Terraform needs, and nothing besides."""

from dataclasses import dataclass
from typing import Any

import pytest

from constructs_lib.pipeline_roles.policies import policies
from tests.pipeline_roles.calls import Stage
from tests.pipeline_roles.evaluator import Request, fits
from tests.terraform.deployment import Deploy
from tests.terraform.permissions import refused
from tests.terraform.variants import TASKS, VARIANTS

pytestmark = pytest.mark.terraform

ALL_FEATURES = ("closed", "existing", "longest")
"""Together they have every feature that a policy depends on."""
BESIDES = {
    "Terraform's S3 backend and its lock file ('S3 Bucket Permissions')": (
        *(
            "FindState s3:ListBucket",
            "ReadState s3:GetObject",
            "LockState s3:GetObject",
            "LockState s3:PutObject",
            "LockState s3:DeleteObject",
        ),
        "WriteState s3:PutObject",
    ),
    "docker push (AWS: 'IAM permissions for pushing an image to an Amazon ECR private repository')": (
        *("Images ecr:BatchCheckLayerAvailability", "Images ecr:BatchGetImage", "Images ecr:CompleteLayerUpload"),
        *("Images ecr:DescribeImages", "Images ecr:InitiateLayerUpload", "Images ecr:PutImage"),
        *("Images ecr:UploadLayerPart", "LogIntoRegistry ecr:GetAuthorizationToken"),
    ),
    "force_destroy of a bucket, which deletes objects and versions first": (
        *("LogsBucket s3:ListBucketVersions", "EmptyLogsBucket s3:DeleteObject"),
        "EmptyLogsBucket s3:DeleteObjectVersion",
    ),
    "changes in place that no change of tags brings about": (
        *("ChangeWhatHasTheTag ec2:ReplaceRouteTableAssociation", "OpenExistingDatabase ec2:ModifySecurityGroupRules"),
        *("Schedules scheduler:UpdateSchedule", "Volume elasticfilesystem:ModifyMountTargetSecurityGroups"),
    ),
    "tags of an Auto Scaling group, which the stand-in does not take for tags": (
        *("InstanceGroup autoscaling:CreateOrUpdateTags", "InstanceGroup autoscaling:DeleteTags"),
    ),
    "the image of instances, which EC2 Auto Scaling finds in the name of the caller": ("FindImage ssm:GetParameters",),
    "Cloud Map finds the hosted zone of a namespace (AWS: 'Using Identity-Based Policies for AWS Cloud Map')": (
        "MakeHostedZone route53:ListHostedZonesByName",
    ),
    "the first resource of a service in an account": ("FirstOfTheAccount iam:CreateServiceLinkedRole",),
}
"""What is needed and not in the calls of these runs, by the reason."""


@dataclass(frozen=True)
class Life:
    """What was refused to a stage in its life, and every request that it made."""

    refused: list[str]
    documents: dict[str, dict[str, Any]]
    requests: frozenset[tuple[str, str, tuple[tuple[str, str], ...]]]


@pytest.fixture(name="lives", scope="module")
def _lives(deploy: Deploy) -> dict[str, Life]:
    """Make stages, give all that they have another tag, and remove them."""
    lives = {}
    for name in ALL_FEATURES:
        deployment = deploy(VARIANTS[name], tasks=TASKS.get(name))
        deployment.apply()
        tags = {**deployment.settings.tags, "Changed": "yes"}
        deployment.compose(deployment.settings.model_copy(update={"tags": tags}))
        deployment.apply()
        deployment.destroy()
        stage = Stage(deployment.settings)
        requests = (request for call in deployment.calls() for request in stage.requests(call))
        lives[name] = Life(
            refused(deployment),
            policies(deployment.settings, deployment.folders()),
            frozenset((each.action, each.resource, tuple(each.context.items())) for each in requests),
        )
    return lives


@pytest.mark.parametrize("name", ALL_FEATURES)
def test_the_roles_are_enough(name: str, lives: dict[str, Life]) -> None:
    """For a first deployment, a change of all that can have tags, and the end."""
    assert lives[name].refused == []


def test_nothing_is_allowed_that_nobody_needs(lives: dict[str, Life]) -> None:
    """Each action of each statement is asked for by the provider, or stands in a list with the reason."""
    allowed, needed = set(), {each for some in BESIDES.values() for each in some}
    for life in lives.values():
        requests = [Request(action, resource, dict(context)) for action, resource, context in life.requests]
        for name, document in life.documents.items():
            for statement in document["Statement"] if name != "operate" else ():
                allowed |= {f"{statement['Sid']} {action}" for action in statement["Action"]}
                needed |= {f"{statement['Sid']} {each.action}" for each in requests if fits(statement, each)}

    assert sorted(allowed - needed) == []
