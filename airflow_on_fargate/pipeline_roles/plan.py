"""The permissions of a plan: read the resources, and lock the state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_on_fargate.pipeline_roles.stage_arns import statement
from constructs_lib.storage import airflow_secrets, database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow_on_fargate.pipeline_roles.stage_arns import StageArns, Statement
    from constructs_lib.settings.settings import Settings

OWN_SECRETS = (*airflow_secrets.SECRETS, *database.SECRETS)
WITHOUT_RESOURCE = (
    *(
        f"ec2:Describe{each}"
        for each in (
            *("Addresses", "AddressesAttribute", "AvailabilityZones", "InternetGateways", "NatGateways", "NetworkAcls"),
            *("NetworkInterfaces", "PrefixLists", "RouteTables", "SecurityGroupRules", "SecurityGroups", "Subnets"),
            *("VpcEndpointServices", "VpcEndpoints", "Vpcs"),
        )
    ),
    *(
        f"elasticloadbalancing:Describe{each}"
        for each in (
            *("CapacityReservation", "ListenerAttributes", "Listeners", "LoadBalancerAttributes", "LoadBalancers"),
            *("Tags", "TargetGroupAttributes", "TargetGroups"),
        )
    ),
    *("application-autoscaling:DescribeScalableTargets", "application-autoscaling:DescribeScalingPolicies"),
    *("ecs:DescribeTaskDefinition", "logs:DescribeLogGroups", "secretsmanager:GetRandomPassword"),
    *("servicediscovery:ListTagsForResource", "ssm:DescribeParameters"),
)
"""AWS: these actions support no resource ("Service Authorization Reference")."""
FIRST_THAT_LEAVES_VALUES = (6, 26, 0)
"""The first version of the provider that does not read the value of every secret (its pull request 44876)."""
BUCKET = (
    *(
        "s3:ListBucket",
        "s3:ListTagsForResource",
        "s3:GetAccelerateConfiguration",
        "s3:GetBucketAcl",
        "s3:GetBucketCORS",
    ),
    *("s3:GetBucketLogging", "s3:GetBucketObjectLockConfiguration", "s3:GetBucketPolicy", "s3:GetBucketWebsite"),
    *("s3:GetBucketPublicAccessBlock", "s3:GetBucketRequestPayment", "s3:GetBucketTagging", "s3:GetBucketVersioning"),
    *("s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration", "s3:GetReplicationConfiguration"),
)


def plan(arns: StageArns, settings: Settings) -> Iterator[Statement]:
    """Yield what a plan needs; a deployment needs the same."""
    yield statement("ReadWhatKnowsNoResource", WITHOUT_RESOURCE, ["*"])
    yield from _by_name(arns, settings)
    # AWS chooses the ids of these.
    yield statement(
        "ReadById",
        [
            *("application-autoscaling:ListTagsForResource", "elasticfilesystem:DescribeAccessPoints"),
            *("elasticfilesystem:DescribeFileSystemPolicy", "elasticfilesystem:DescribeFileSystems"),
            *("elasticfilesystem:DescribeLifecycleConfiguration", "elasticfilesystem:DescribeMountTargets"),
            *("elasticfilesystem:DescribeMountTargetSecurityGroups", "servicediscovery:GetNamespace"),
            *("ec2:DescribeVpcAttribute", "servicediscovery:GetService"),
        ],
        [
            *arns.of("application-autoscaling", "scalable-target/*"),
            *arns.of("ec2", "vpc/*"),
            *arns.of("elasticfilesystem", "access-point/*", "file-system/*"),
            *arns.of("servicediscovery", "namespace/*", "service/*"),
        ],
    )
    yield from _state(arns, settings)


def _by_name(arns: StageArns, settings: Settings) -> Iterator[Statement]:
    name = arns.name
    yield statement(
        "ReadCompute",
        [
            *("ecs:DescribeClusters", "ecs:DescribeServices", "ecr:DescribeRepositories", "ecr:GetLifecyclePolicy"),
            *("ecr:ListTagsForResource", "logs:ListTagsForResource", "scheduler:GetSchedule"),
            *("scheduler:GetScheduleGroup", "scheduler:ListTagsForResource", "sqs:GetQueueAttributes"),
            *("sqs:ListQueueTags", "ssm:GetParameter", "ssm:ListTagsForResource", "cloudwatch:ListTagsForResource"),
        ],
        [
            *arns.of("ecs", f"cluster/{name}", f"service/{name}/*"),
            *arns.of("ecr", f"repository/{name}-*"),
            *arns.of("logs", f"log-group:/{name}/*"),
            *arns.of("scheduler", *arns.schedules),
            *arns.of("sqs", f"{name}-*"),
            *arns.of("ssm", f"parameter/{name}/running"),
            *arns.of("cloudwatch", f"alarm:{name}-*"),
        ],
    )
    # Without a name in the call, AWS checks these against every alarm or instance; the provider filters the result.
    yield statement(
        "ReadLists",
        ["cloudwatch:DescribeAlarms", "rds:DescribeDBInstances"],
        [*arns.of("cloudwatch", "alarm:*"), *arns.of("rds", "db:*")],
    )
    yield statement(
        "ReadDatabase",
        [
            *("rds:DescribeDBParameterGroups", "rds:DescribeDBParameters", "rds:DescribeDBSubnetGroups"),
            "rds:ListTagsForResource",
        ],
        arns.of("rds", f"db:{name}", f"pg:{name}-*", f"subgrp:{name}"),
    )
    yield statement(
        "ReadRoles",
        ["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"],
        arns.everywhere("iam", f"role{settings.role_path}{name}/*"),
    )
    yield statement("ReadLogsBucket", BUCKET, arns.global_("s3", arns.logs_bucket))


def plan_features(arns: StageArns, settings: Settings) -> Iterator[Statement]:
    """Yield what a plan reads of `ec2_capacity` and of `domain_name`."""
    name = arns.name
    if settings.ec2_capacity:
        yield statement(
            "ReadInstances",
            [
                *("autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeScalingActivities"),
                *("ec2:DescribeLaunchTemplates", "ec2:DescribeLaunchTemplateVersions"),
            ],
            ["*"],
        )
        yield statement(
            "ReadCapacityProvider",
            ["ecs:DescribeCapacityProviders", "iam:GetInstanceProfile"],
            [
                *arns.of("ecs", f"capacity-provider/{name}-ec2"),
                *arns.everywhere("iam", f"instance-profile{settings.role_path}{name}/*"),
            ],
        )
    if settings.domain_name:
        yield statement("FindZone", ["route53:ListHostedZones"], ["*"])
        yield statement(
            "ReadCertificate",
            [
                *("acm:DescribeCertificate", "acm:ListTagsForCertificate", "route53:GetHostedZone"),
                *("route53:ListResourceRecordSets", "route53:ListTagsForResource"),
            ],
            [
                *arns.of("acm", "certificate/*"),
                *arns.global_("route53", f"hostedzone/{settings.hosted_zone_id}"),
            ],
        )


def own_secrets(arns: StageArns, settings: Settings) -> Iterator[Statement]:
    """Yield what a plan reads of the stage's own secrets."""

    def secrets(*names: str) -> list[str]:
        return arns.of("secretsmanager", *(f"secret:{arns.name}/{each}-??????" for each in names))

    yield statement(
        "FindOwnSecrets",
        [
            *("secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy"),
            "secretsmanager:ListSecretVersionIds",
        ],
        secrets(*OWN_SECRETS),
    )
    reads_all = tuple(map(int, settings.aws_provider_version.split("."))) < FIRST_THAT_LEAVES_VALUES
    # The database gets its password from its secret, by an ephemeral block.
    yield statement(
        "ReadOwnSecrets",
        ["secretsmanager:GetSecretValue"],
        secrets(*(OWN_SECRETS if reads_all else (database.OWNER_SECRET,))),
    )


def assume_state_role(settings: Settings) -> Iterator[Statement]:
    """Yield what a role needs in addition if another one has the permissions for the state."""
    if settings.state_role_arn:
        yield statement("AssumeStateRole", ["sts:AssumeRole"], [settings.state_role_arn])


def _state(arns: StageArns, settings: Settings) -> Iterator[Statement]:
    bucket, key = settings.state_bucket or "*", settings.state_key
    yield statement("FindState", ["s3:ListBucket"], arns.global_("s3", bucket))
    yield statement("ReadState", ["s3:GetObject"], arns.global_("s3", f"{bucket}/{key}"))
    yield statement(
        "LockState",
        ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
        arns.global_("s3", f"{bucket}/{key}.tflock"),
    )
    if key_arn := settings.state_kms_key_arn:
        # S3 uses the KMS key with the caller's credentials.
        yield statement("EncryptState", ["kms:Decrypt", "kms:GenerateDataKey"], [key_arn])
