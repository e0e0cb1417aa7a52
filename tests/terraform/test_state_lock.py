"""The state in its bucket."""

from typing import Any

import pytest

from constructs_lib.settings.settings import Settings
from tests.terraform.aws import Aws
from tests.terraform.deployment import Deploy

pytestmark = pytest.mark.terraform


def test_the_state_is_locked_while_somebody_else_works(deploy: Deploy, aws: Aws) -> None:
    """A locked state cannot be changed, and the lock is removed afterwards."""
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


def test_stages_of_two_regions_share_a_bucket(deploy: Deploy, aws: Aws) -> None:
    """Stages in two regions share a bucket, each with its own key, role and encryption."""
    bucket = aws.make_bucket()
    key = "arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
    state: dict[str, Any] = {
        "state_region": "us-east-1",
        "state_key_prefix": "teams/data/",
        "state_kms_key_arn": key,
        "state_role_arn": "arn:aws:iam::123456789012:role/state",
    }
    for stage, region in (("dev", "us-east-1"), ("london", "eu-west-2")):
        deploy(Settings(stage=stage, region=region, **state), bucket=bucket).apply("-target=aws_vpc.network")
    keys = [each["Key"] for each in aws.s3.list_objects_v2(Bucket=bucket)["Contents"]]
    heads = [aws.s3.head_object(Bucket=bucket, Key=each) for each in keys]

    assert keys == [f"teams/data/airflow-{stage}/terraform.tfstate" for stage in ("dev", "london")]
    assert {(each["ServerSideEncryption"], each["SSEKMSKeyId"]) for each in heads} == {("aws:kms", key)}
