"""How Terraform works for a stage: provider, state, version."""

from collections.abc import Mapping, Sequence

from cdktf import LocalBackend, S3Backend, S3BackendAssumeRoleConfig, TerraformStack
from cdktf_cdktf_provider_aws.provider import (
    AwsProvider,
    AwsProviderAssumeRole,
    AwsProviderDefaultTags,
    AwsProviderIgnoreTags,
)

TERRAFORM_VERSION = ">= 1.11.0"
"""The first with write-only arguments; ephemeral values and the lock file in S3 are a version older."""

FORGOTTEN = (
    "aws_cloudwatch_log_group.cluster_insights_log_group",
    "aws_cloudwatch_log_group.database_postgresql_log_group",
    "aws_cloudwatch_log_group.database_upgrade_log_group",
)
"""
Addresses that a stage may have in its state from an earlier deployment. Terraform forgets them and deletes nothing:
services of AWS still write there (`ServiceLogs`).
"""

PLACEHOLDER = "set-state_bucket-in-stages.py-or-TF_STATE_BUCKET"
"""No bucket can have this name (S3 allows neither `_` nor capitals), so that Terraform never asks a stranger's."""

PROJECT = "../../.."
"""The project's folder, seen from a stack's, cdktf.out/stacks/<stack>, where Terraform runs."""


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
    Let *stack* use the AWS provider in *version*, in *region* and with *role_arn*; everything gets *tags*.

    A plan fails in an account that is not one of *account_ids*, if there are any. Terraform leaves the tags with the
    keys *ignored_tags* and *ignored_tag_prefixes* as they are.
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
    # The bindings do not know this block; what is not in the state is none of its business.
    stack.add_override("removed", [{"from": each, "lifecycle": {"destroy": False}} for each in FORGOTTEN])
    # Without it, the version whose schema the bindings were made of.
    stack.add_override("terraform.required_providers.aws.version", version)


def keep_state_in_bucket(
    stack: TerraformStack, *, bucket: str | None, key: str, region: str, kms_key_arn: str | None, role_arn: str | None
) -> None:
    """Let *stack* keep its state in *bucket*, encrypted, one writer at a time; None: in one that nobody can have."""
    S3Backend(
        stack,
        bucket=bucket or PLACEHOLDER,
        key=key,
        region=region,
        encrypt=True,
        kms_key_id=kms_key_arn,
        assume_role=S3BackendAssumeRoleConfig(role_arn=role_arn) if role_arn else None,
    )
    # The bindings do not know this argument of the backend.
    stack.add_override("terraform.backend.s3.use_lockfile", value=True)


def keep_state_in_folder(stack: TerraformStack, *, name: str) -> None:
    """Let *stack* keep its state in a file of the project's folder that has *name* in its own."""
    LocalBackend(stack, path=f"{PROJECT}/terraform.{name}.tfstate")
