"""The documented policies, compared with the provider's calls of AWS."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from airflow_on_fargate.pipeline_roles.policies import DEPLOY, policies
from tests.airflow_on_fargate.pipeline_roles.calls import Call, Stage
from tests.airflow_on_fargate.pipeline_roles.evaluator import Request, allows, fits
from tests.terraform.deployment import Deployment

PLANS = ("configure", "read", "open")
"""What the provider does in a plan."""
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
        *("EmptyLogsBucket s3:DeleteObjectVersion", "DagsBucket s3:ListBucketVersions"),
        *("EmptyDagsBucket s3:DeleteObject", "EmptyDagsBucket s3:DeleteObjectVersion"),
    ),
    "the refresh of an object that somebody has deleted": ("FindTables s3:ListBucket",),
    "S3, which asks KMS for the caller": (
        *("ReadEncryptedTables kms:Decrypt", "WriteEncryptedTables kms:GenerateDataKey"),
    ),
    "a push of DAGs (tests/airflow_on_fargate/pipeline_roles/test_dags.py)": (
        *("PushDags s3:GetObject", "PushDags s3:PutObject", "FindDags s3:ListBucket"),
        *("EncryptDags kms:Decrypt", "EncryptDags kms:GenerateDataKey"),
    ),
    "changes in place that no change of tags brings about": (
        *("ChangeWhatHasTheTag ec2:ReplaceRouteTableAssociation", "OpenExistingDatabase ec2:ModifySecurityGroupRules"),
        *("Schedules scheduler:UpdateSchedule", "Volume elasticfilesystem:ModifyMountTargetSecurityGroups"),
    ),
    "tags of an Auto Scaling group, which the stand-in does not take for tags": (
        *("InstanceGroup autoscaling:CreateOrUpdateTags", "InstanceGroup autoscaling:DeleteTags"),
    ),
    "the image of instances, which EC2 Auto Scaling finds in the name of the caller": ("FindImage ssm:GetParameters",),
    "Cloud Map finds the hosted zone of a namespace (AWS: 'AWS Cloud Map API permissions')": (
        *("MakeHostedZone route53:ListHostedZonesByName", "MakeHostedZone ec2:DescribeRegions"),
    ),
    "Elastic Load Balancing checks security groups (AWS: 'Elastic Load Balancing API permissions')": (
        *("CheckAccount ec2:DescribeAccountAttributes", "CheckSecurityGroups ec2:GetSecurityGroupsForVpc"),
    ),
    "the first resource of a service in an account": ("FirstOfTheAccount iam:CreateServiceLinkedRole",),
}
"""What is needed and not in the calls of these runs, by the reason."""


FrozenRequest = tuple[str, str, tuple[tuple[str, str], ...]]
"""The action, the resource and the context of a request."""


def refused(deployment: Deployment) -> list[str]:
    """Return the calls so far that the role which makes them would not be allowed."""
    documents = policies(deployment.settings, deployment.folders())
    stage = Stage(deployment.settings)

    def role(call: Call) -> list[dict[str, object]]:
        begin = ("plan",) if call.operation in PLANS else ("plan", DEPLOY)
        return [document for name, document in documents.items() if name.startswith(begin)]

    return sorted(
        f"{call.operation} {call.type}: {request.action} on {request.resource} with {request.context}"
        for call in deployment.calls()
        for request in stage.requests(call)
        if not allows(role(call), request)
    )


def requests(deployment: Deployment) -> frozenset[FrozenRequest]:
    """Return every request that the provider has made so far."""
    stage = Stage(deployment.settings)
    return frozenset(
        (each.action, each.resource, tuple(each.context.items()))
        for call in deployment.calls()
        for each in stage.requests(call)
    )


def needs(statement: Mapping[str, Any], asked: Iterable[FrozenRequest]) -> Iterator[Request]:
    """Yield the requests that a *statement* of a policy allows."""
    for action, resource, context in asked:
        request = Request(action, resource, dict(context))
        if fits(statement, request):
            yield request
