"""Promises of where Terraform keeps what it knows."""

import pytest
from cdktf import Testing

from constructs_lib.engine.terraform import PLACEHOLDER
from constructs_lib.settings.settings import Settings
from constructs_lib.state_bucket import StateBucketStack
from tests.template import Template


def composed(settings: Settings) -> Template:
    """Return what `bootstrap` composes."""
    return Template.of(StateBucketStack(Testing.app(), "airflow-dev-state", settings=settings))


@pytest.fixture(name="template", scope="module")
def _bootstrap() -> Template:
    return composed(Settings(stage="dev", state_bucket="team-states"))


def test_it_is_one_bucket(template: Template) -> None:
    """The stack has one private bucket and nothing else."""
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
    """Old versions of the state are kept for a year, and the bucket cannot be destroyed."""
    [rule] = template.one("aws_s3_bucket_lifecycle_configuration")["rule"]
    bucket = template.one("aws_s3_bucket")

    assert template.one("aws_s3_bucket_versioning")["versioning_configuration"]["status"] == "Enabled"
    assert rule["noncurrent_version_expiration"] == [{"noncurrent_days": 365}]
    assert bucket["lifecycle"]["prevent_destroy"] is True
    assert bucket["force_destroy"] is False


def test_its_own_state_is_a_file(template: Template) -> None:
    """The state of the bucket's own stack is a file with the bucket's name."""
    assert template.document["terraform"]["backend"] == {"local": {"path": "../../../terraform.team-states.tfstate"}}


def test_it_is_made_where_the_state_is_kept() -> None:
    """The bucket is in the state's region and account, with the team's key."""
    key = "arn:aws:kms:eu-central-1:210987654321:key/mrk-" + "0" * 32
    role = "arn:aws:iam::210987654321:role/state"
    template = composed(
        Settings(
            stage="dev",
            state_bucket="team-states",
            state_region="eu-central-1",
            state_kms_key_arn=key,
            state_role_arn=role,
            assume_role_arn="arn:aws:iam::123456789012:role/deploy",
            allowed_account_ids=("123456789012",),
        )
    )
    [provider] = template.document["provider"]["aws"]
    [rule] = template.one("aws_s3_bucket_server_side_encryption_configuration")["rule"]

    assert (provider["region"], provider["assume_role"]) == ("eu-central-1", [{"role_arn": role}])
    assert "allowed_account_ids" not in provider
    assert rule["apply_server_side_encryption_by_default"] == {"sse_algorithm": "aws:kms", "kms_master_key_id": key}
    assert rule["bucket_key_enabled"] is True


def test_it_is_made_as_the_stage_is_by_default() -> None:
    """By default the bucket is created with the stage's role, region and accounts."""
    role = "arn:aws:iam::123456789012:role/deploy"
    settings = Settings(stage="dev", assume_role_arn=role, allowed_account_ids=("123456789012",))
    [provider] = composed(settings).document["provider"]["aws"]

    assert (provider["region"], provider["assume_role"]) == ("us-east-1", [{"role_arn": role}])
    assert provider["allowed_account_ids"] == ["123456789012"]


def test_without_a_name_it_composes() -> None:
    """Without a name of the bucket the stack can be composed, and `check` refuses it."""
    template = composed(Settings(stage="dev"))

    assert template.one("aws_s3_bucket")["bucket"] == PLACEHOLDER
