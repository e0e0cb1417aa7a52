"""The state in its bucket."""

import pytest

from constructs_lib.settings import Settings
from tests.terraform.aws import Aws
from tests.terraform.deployment import Deploy

pytestmark = pytest.mark.terraform


def test_the_state_is_locked_while_somebody_else_works(deploy: Deploy, aws: Aws) -> None:
    """A lock file that is there keeps Terraform from changing the state, and one that it makes is gone afterwards."""
    dev = deploy(Settings(stage="dev"))
    dev.apply("-target=aws_vpc.network")
    s3, bucket, key = aws.s3, str(dev.settings.state_bucket), "airflow-dev/terraform.tfstate"
    objects = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    s3.put_object(Bucket=bucket, Key=f"{key}.tflock", Body=b"{}")
    refused = dev.try_apply()

    assert objects == [key]
    assert s3.head_object(Bucket=bucket, Key=key)["ServerSideEncryption"] == "AES256"
    assert refused.returncode == 1
    assert "Error acquiring the state lock" in refused.stdout
