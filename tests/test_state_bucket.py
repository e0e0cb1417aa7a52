"""Promises of where Terraform keeps what it knows."""

import pytest
from cdktf import Testing

from constructs_lib.settings import Settings
from constructs_lib.state_bucket import StateBucketStack
from constructs_lib.terraform import PLACEHOLDER
from tests.template import Template


@pytest.fixture(name="template", scope="module")
def _bootstrap() -> Template:
    return Template.of(StateBucketStack(Testing.app(), Settings(stage="dev", state_bucket="team-states")))


def test_it_is_one_bucket(template: Template) -> None:
    """With what keeps it private, and nothing else."""
    assert template.one("aws_s3_bucket")["bucket"] == "team-states"
    assert {address.partition(".")[0] for address in template.resources()} == {
        "aws_s3_bucket",
        "aws_s3_bucket_lifecycle_configuration",
        "aws_s3_bucket_policy",
        "aws_s3_bucket_public_access_block",
        "aws_s3_bucket_server_side_encryption_configuration",
        "aws_s3_bucket_versioning",
    }
    assert template.all("aws_s3_bucket").keys() == {"state"}


def test_a_broken_state_can_be_taken_back(template: Template) -> None:
    """Old versions stay for a year, and nobody destroys the bucket, whatever the stage's protection."""
    [rule] = template.one("aws_s3_bucket_lifecycle_configuration")["rule"]
    bucket = template.one("aws_s3_bucket")

    assert template.one("aws_s3_bucket_versioning")["versioning_configuration"]["status"] == "Enabled"
    assert rule["noncurrent_version_expiration"] == [{"noncurrent_days": 365}]
    assert bucket["lifecycle"]["prevent_destroy"] is True
    assert bucket["force_destroy"] is False


def test_its_own_state_is_a_file(template: Template) -> None:
    """In the project's folder, named after the bucket, for stages may share one."""
    assert template.document["terraform"]["backend"] == {"local": {"path": "../../../terraform.team-states.tfstate"}}


def test_without_a_name_it_composes() -> None:
    """With one that no bucket can have; `check` is what refuses."""
    template = Template.of(StateBucketStack(Testing.app(), Settings(stage="dev")))

    assert template.one("aws_s3_bucket")["bucket"] == PLACEHOLDER
