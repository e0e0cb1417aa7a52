"""The settings of Terraform for a stage: provider, state, version."""

from collections.abc import Mapping, Sequence

from cdktf import LocalBackend, S3Backend, S3BackendAssumeRoleConfig, TerraformStack
from cdktf_cdktf_provider_aws.provider import (
    AwsProvider,
    AwsProviderAssumeRole,
    AwsProviderDefaultTags,
    AwsProviderIgnoreTags,
)

TERRAFORM_VERSION = ">= 1.11.0"
"""The first version with write-only arguments. Ephemeral values and the lock file in S3 came with 1.10."""

FORGOTTEN = (
    "aws_cloudwatch_log_group.cluster_insights_log_group",
    "aws_cloudwatch_log_group.database_postgresql_log_group",
    "aws_cloudwatch_log_group.database_upgrade_log_group",
)
"""
Addresses in the state of an earlier deployment. Terraform forgets them without deleting the log groups, because
services of AWS still write there (`ServiceLogs`).
"""

PLACEHOLDER = "set-state_bucket-in-stages.py-or-TF_STATE_BUCKET"
"""A name that no bucket can have (S3 allows neither `_` nor capitals), so that no stranger can own the bucket."""

PROJECT = "../../.."
"""The project's folder, relative to cdktf.out/stacks/<stack>, where Terraform runs."""


def use_provider(
    stack: TerraformStack,
    *,
    region: str,
    role_arn: str | None,
    account_ids: Sequence[str],
    tags: Mapping[str, str],
    ignored_tags: Sequence[str],
    ignored_tag_prefixes: Sequence[str],
    version: str,
) -> None:
    """
    Define the AWS provider of *stack*: its *version*, its *region*, its role and the *tags* of all resources.

    A plan fails in an account that is not in *account_ids*, unless that is empty. Terraform does not change tags with
    the keys *ignored_tags* and *ignored_tag_prefixes*.
    """
    ignored = AwsProviderIgnoreTags(keys=list(ignored_tags) or None, key_prefixes=list(ignored_tag_prefixes) or None)
    AwsProvider(
        stack,
        "Aws",
        region=region,
        allowed_account_ids=list(account_ids) or None,
        assume_role=[AwsProviderAssumeRole(role_arn=role_arn)] if role_arn else None,
        default_tags=[AwsProviderDefaultTags(tags=dict(tags))],
        ignore_tags=[ignored] if ignored_tags or ignored_tag_prefixes else None,
    )
    stack.add_override("terraform.required_version", TERRAFORM_VERSION)
    # The bindings do not have this block. It has no effect on addresses that are not in the state.
    stack.add_override("removed", [{"from": each, "lifecycle": {"destroy": False}} for each in FORGOTTEN])
    # The engines write the short form, or the whole name.
    stack.add_override("terraform.required_providers.aws.source", "hashicorp/aws")
    # The default would be the version whose schema the bindings were made from.
    stack.add_override("terraform.required_providers.aws.version", version)


def keep_state_in_bucket(
    stack: TerraformStack, *, bucket: str | None, key: str, region: str, kms_key_arn: str | None, role_arn: str | None
) -> None:
    """Keep the state of *stack* in *bucket*, encrypted and with a lock; None: in a bucket that cannot exist."""
    S3Backend(
        stack,
        bucket=bucket or PLACEHOLDER,
        key=key,
        region=region,
        encrypt=True,
        kms_key_id=kms_key_arn,
        assume_role=S3BackendAssumeRoleConfig(role_arn=role_arn) if role_arn else None,
    )
    # The bindings do not have this argument of the backend.
    stack.add_override("terraform.backend.s3.use_lockfile", value=True)


def keep_state_in_folder(stack: TerraformStack, *, name: str) -> None:
    """Keep the state of *stack* in a file in the project's folder; *name* is part of the file's name."""
    LocalBackend(stack, path=f"{PROJECT}/terraform.{name}.tfstate")
