"""How Terraform works for a stage: provider, state, version."""

from cdktf import LocalBackend, S3Backend, S3BackendAssumeRoleConfig, TerraformStack
from cdktf_cdktf_provider_aws.provider import (
    AwsProvider,
    AwsProviderAssumeRole,
    AwsProviderDefaultTags,
    AwsProviderIgnoreTags,
)

from constructs_lib.settings import Settings
from constructs_lib.tags import tags_of

TERRAFORM_VERSION = ">= 1.11.0"
"""The first with write-only arguments; ephemeral values and the lock file in S3 are a version older."""

PLACEHOLDER = "set-state_bucket-in-stages.py-or-TF_STATE_BUCKET"
"""No bucket can have this name (S3 allows neither `_` nor capitals), so that Terraform never asks a stranger's."""

PROJECT = "../../.."
"""The project's folder, seen from a stack's, cdktf.out/stacks/<stack>, where Terraform runs."""


def configure(stack: TerraformStack, settings: Settings) -> None:
    """Let *stack* use the AWS provider in the stage's account and region, with the stage's tags on everything."""
    role = settings.assume_role_arn
    AwsProvider(
        stack,
        "Aws",
        region=settings.region,
        allowed_account_ids=list(settings.allowed_account_ids) or None,
        assume_role=[AwsProviderAssumeRole(role_arn=role)] if role else None,
        default_tags=[AwsProviderDefaultTags(tags=tags_of(settings))],
        ignore_tags=_ignore_tags(settings),
    )
    stack.add_override("terraform.required_version", TERRAFORM_VERSION)
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
    role = settings.assume_role_arn
    S3Backend(
        stack,
        bucket=settings.state_bucket or PLACEHOLDER,
        key=f"{settings.name}/terraform.tfstate",
        region=settings.region,
        encrypt=True,
        assume_role=S3BackendAssumeRoleConfig(role_arn=role) if role else None,
    )
    # The bindings do not know this argument of the backend.
    stack.add_override("terraform.backend.s3.use_lockfile", value=True)


def keep_state_in_folder(stack: TerraformStack, settings: Settings) -> None:
    """Let *stack* keep its state in a file of the project's folder that is named after the stage's bucket."""
    LocalBackend(stack, path=f"{PROJECT}/terraform.{settings.state_bucket or PLACEHOLDER}.tfstate")
