"""What a deployment needs of the services that store data, logs, secrets and the state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_on_fargate.pipeline_roles.plan import OWN_SECRETS
from airflow_on_fargate.pipeline_roles.stage_arns import statement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow_on_fargate.pipeline_roles.stage_arns import StageArns, Statement
    from constructs_lib.settings.settings import Settings


def data(arns: StageArns, settings: Settings) -> Iterator[Statement]:
    """Yield what creates, changes and deletes database, volume, queues, bucket, logs, secrets and the state."""
    name = arns.name
    yield statement(
        "Database",
        [
            f"rds:{each}"
            for each in (
                *("AddTagsToResource", "CreateDBInstance", "CreateDBParameterGroup", "CreateDBSubnetGroup"),
                *("DeleteDBInstance", "DeleteDBParameterGroup", "DeleteDBSubnetGroup", "ModifyDBInstance"),
                *("ModifyDBParameterGroup", "ModifyDBSubnetGroup", "RemoveTagsFromResource", "ResetDBParameterGroup"),
            )
        ],
        # An instance has its engine's default option group.
        arns.of("rds", f"db:{name}", "og:default:*", f"pg:{name}-*", f"subgrp:{name}"),
    )
    yield from _volume(arns)
    yield statement(
        "Queues",
        ["sqs:CreateQueue", "sqs:DeleteQueue", "sqs:SetQueueAttributes", "sqs:TagQueue", "sqs:UntagQueue"],
        arns.of("sqs", f"{name}-*"),
    )
    yield from _logs(arns)
    yield statement(
        "Secrets",
        [
            f"secretsmanager:{each}"
            for each in (
                *("CreateSecret", "DeleteSecret", "PutSecretValue", "TagResource", "UntagResource", "UpdateSecret"),
                "UpdateSecretVersionStage",
            )
        ],
        arns.of("secretsmanager", *(f"secret:{name}/{each}-??????" for each in OWN_SECRETS)),
    )
    yield statement(
        "WriteState", ["s3:PutObject"], arns.global_("s3", f"{settings.state_bucket or '*'}/{settings.state_key}")
    )


def _logs(arns: StageArns) -> Iterator[Statement]:
    yield statement(
        "Logs",
        [
            *("logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:PutRetentionPolicy", "logs:TagResource"),
            "logs:UntagResource",
        ],
        arns.of("logs", f"log-group:/{arns.name}/*"),
    )
    yield statement(
        "LogsBucket",
        [
            *("s3:CreateBucket", "s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:ListBucketVersions"),
            *("s3:PutBucketPolicy", "s3:PutBucketPublicAccessBlock", "s3:PutBucketTagging"),
            *("s3:PutEncryptionConfiguration", "s3:PutLifecycleConfiguration", "s3:TagResource", "s3:UntagResource"),
        ],
        arns.global_("s3", arns.logs_bucket),
    )
    # A stage that is not protected is destroyed with its logs.
    yield statement(
        "EmptyLogsBucket", ["s3:DeleteObject", "s3:DeleteObjectVersion"], arns.global_("s3", f"{arns.logs_bucket}/*")
    )


def _volume(arns: StageArns) -> Iterator[Statement]:
    yield statement("MakeVolume", ["elasticfilesystem:CreateFileSystem"], ["*"], arns.made_tagged)
    volumes = arns.of("elasticfilesystem", "access-point/*", "file-system/*")
    yield statement(
        "Volume",
        [
            f"elasticfilesystem:{each}"
            for each in (
                *("CreateAccessPoint", "CreateMountTarget", "DeleteAccessPoint", "DeleteFileSystem"),
                *("DeleteFileSystemPolicy", "DeleteMountTarget", "ModifyMountTargetSecurityGroups"),
                *("PutFileSystemPolicy", "PutLifecycleConfiguration", "TagResource", "UntagResource"),
                "UpdateFileSystem",
            )
        ],
        volumes,
        arns.tagged,
    )
    yield statement(
        "TagNewVolume",
        ["elasticfilesystem:TagResource"],
        volumes,
        {"StringEquals": {"elasticfilesystem:CreateAction": ["CreateAccessPoint", "CreateFileSystem"]}},
    )
