"""How Terraform works for a stage: provider, state, version."""

from cdktf import LocalBackend, S3Backend, S3BackendAssumeRoleConfig, TerraformStack
from cdktf_cdktf_provider_aws.provider import (
    AwsProvider,
    AwsProviderAssumeRole,
    AwsProviderDefaultTags,
    AwsProviderIgnoreTags,
)

from constructs_lib.settings.settings import Settings
from constructs_lib.settings.tags import tags_of

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


def configure(stack: TerraformStack, settings: Settings) -> None:
    """Let *stack* use the AWS provider in the stage's account and region, with the stage's tags on everything."""
    _use_provider(
        stack,
        settings,
        region=settings.region,
        role=settings.assume_role_arn,
        account_ids=list(settings.allowed_account_ids),
    )


def configure_for_state(stack: TerraformStack, settings: Settings) -> None:
    """Let *stack* use the AWS provider where the state's bucket is."""
    _use_provider(
        stack,
        settings,
        region=settings.state_bucket_region,
        role=_state_role(settings),
        # A role for the state alone may be another account's.
        account_ids=[] if settings.state_role_arn else list(settings.allowed_account_ids),
    )


def _use_provider(
    stack: TerraformStack, settings: Settings, *, region: str, role: str | None, account_ids: list[str]
) -> None:
    AwsProvider(
        stack,
        "Aws",
        region=region,
        allowed_account_ids=account_ids or None,
        assume_role=[AwsProviderAssumeRole(role_arn=role)] if role else None,
        default_tags=[AwsProviderDefaultTags(tags=tags_of(settings))],
        ignore_tags=_ignore_tags(settings),
    )
    stack.add_override("terraform.required_version", TERRAFORM_VERSION)
    # The bindings do not know this block; what is not in the state is none of its business.
    stack.add_override("removed", [{"from": each, "lifecycle": {"destroy": False}} for each in FORGOTTEN])
    # Without it, the version whose schema the bindings were made of.
    stack.add_override("terraform.required_providers.aws.version", settings.aws_provider_version)


def _ignore_tags(settings: Settings) -> list[AwsProviderIgnoreTags] | None:
    ignored = settings.ignore_tags
    if not (ignored.keys or ignored.key_prefixes):
        return None
    return [
        AwsProviderIgnoreTags(keys=list(ignored.keys) or None, key_prefixes=list(ignored.key_prefixes) or None),
    ]


def keep_state_in_bucket(stack: TerraformStack, settings: Settings) -> None:
    """Let *stack* keep its state in the stage's bucket, encrypted, one writer at a time."""
    role = _state_role(settings)
    S3Backend(
        stack,
        bucket=settings.state_bucket or PLACEHOLDER,
        key=settings.state_key,
        region=settings.state_bucket_region,
        encrypt=True,
        kms_key_id=settings.state_kms_key_arn,
        assume_role=S3BackendAssumeRoleConfig(role_arn=role) if role else None,
    )
    # The bindings do not know this argument of the backend.
    stack.add_override("terraform.backend.s3.use_lockfile", value=True)


def keep_state_in_folder(stack: TerraformStack, settings: Settings) -> None:
    """Let *stack* keep its state in a file of the project's folder that is named after the stage's bucket."""
    LocalBackend(stack, path=f"{PROJECT}/terraform.{settings.state_bucket or PLACEHOLDER}.tfstate")


def _state_role(settings: Settings) -> str | None:
    return settings.state_role_arn or settings.assume_role_arn
