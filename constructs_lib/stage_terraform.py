"""Where Terraform works for a stack of a stage: the account, the region, and the bucket of the state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs_lib.engine import terraform
from constructs_lib.settings.tags import tags_of

if TYPE_CHECKING:
    from cdktf import TerraformStack

    from constructs_lib.settings.settings import Settings


def configure_terraform(stack: TerraformStack, settings: Settings, *, state_key: str) -> None:
    """Let *stack* have the provider of a stage, and its state in the stage's bucket at *state_key*."""
    terraform.use_provider(
        stack,
        region=settings.region,
        role_arn=settings.assume_role_arn,
        account_ids=settings.allowed_account_ids,
        tags=tags_of(settings),
        ignored_tags=settings.ignore_tags.keys,
        ignored_tag_prefixes=settings.ignore_tags.key_prefixes,
        version=settings.aws_provider_version,
    )
    terraform.keep_state_in_bucket(
        stack,
        bucket=settings.state_bucket,
        key=state_key,
        region=settings.state_bucket_region,
        kms_key_arn=settings.state_kms_key_arn,
        role_arn=settings.state_role_arn or settings.assume_role_arn,
    )
