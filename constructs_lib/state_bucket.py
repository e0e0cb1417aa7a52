"""The stack with the bucket of the Terraform state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import TerraformOutput

from constructs_lib.engine import terraform
from constructs_lib.engine.addressed_stack import AddressedStack
from constructs_lib.settings.tags import tags_of
from constructs_lib.storage.bucket import Bucket

if TYPE_CHECKING:
    from constructs import Construct

    from constructs_lib.settings.settings import Settings

OLD_STATE_DAYS = 365


class StateBucketStack(AddressedStack):
    """
    Define the bucket for the state: versioned, so that a broken state can be restored, and never destroyed.

    The stack's own state is a file in the project's folder. It has the name of the bucket, which stages may share.
    """

    def __init__(self, scope: Construct, id_: str, *, settings: Settings) -> None:
        super().__init__(scope, id_)

        name = settings.state_bucket or terraform.PLACEHOLDER
        terraform.use_provider(
            self,
            region=settings.state_bucket_region,
            role_arn=settings.state_role_arn or settings.assume_role_arn,
            # A role only for the state can be in another account.
            account_ids=() if settings.state_role_arn else settings.allowed_account_ids,
            tags=tags_of(settings),
            ignored_tags=settings.ignore_tags.keys,
            ignored_tag_prefixes=settings.ignore_tags.key_prefixes,
            version=settings.aws_provider_version,
        )
        terraform.keep_state_in_folder(self, name=name)
        bucket = Bucket(
            self,
            "StateBucket",
            name=name,
            protected=True,
            expiration_days=OLD_STATE_DAYS,
            versioned=True,
            kms_key_arn=settings.state_kms_key_arn,
        )
        TerraformOutput(self, "state_bucket", value=bucket.name, description="What state_bucket in stages.py names")
