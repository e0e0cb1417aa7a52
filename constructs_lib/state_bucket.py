"""Where Terraform keeps what it knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import TerraformOutput

from constructs_lib.engine import terraform
from constructs_lib.engine.addressed_stack import AddressedStack
from constructs_lib.storage.bucket import Bucket

if TYPE_CHECKING:
    from constructs import Construct

    from constructs_lib.settings.settings import Settings

OLD_STATE_DAYS = 365


class StateBucketStack(AddressedStack):
    """
    The bucket for the state: versioned, so that a broken state can be taken back; never destroyed.

    The stack's own state is a file in the project's folder, named after the bucket: stages may share one.
    """

    def __init__(self, scope: Construct, settings: Settings) -> None:
        super().__init__(scope, f"{settings.name}-state")

        terraform.configure_for_state(self, settings)
        terraform.keep_state_in_folder(self, settings)
        bucket = Bucket(
            self,
            "StateBucket",
            name=settings.state_bucket or terraform.PLACEHOLDER,
            protected=True,
            expiration_days=OLD_STATE_DAYS,
            versioned=True,
            kms_key_arn=settings.state_kms_key_arn,
        )
        TerraformOutput(self, "state_bucket", value=bucket.name, description="What state_bucket in stages.py names")
