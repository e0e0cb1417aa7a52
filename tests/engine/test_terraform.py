"""Promises of how Terraform works for a stage."""

import pytest
from pydantic import TypeAdapter, ValidationError

from constructs_lib.engine.terraform import PLACEHOLDER
from constructs_lib.settings.tags import IgnoreTags
from constructs_lib.settings.values import BucketName
from tests.template import Template
from tests.variants import changed

ROLE = "arn:aws:iam::123456789012:role/deploy"
STATE_ROLE = "arn:aws:iam::210987654321:role/state"
KEY = "arn:aws:kms:eu-central-1:210987654321:key/0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"


def test_the_state_is_in_s3(compact: Template) -> None:
    """The state is encrypted in S3, with a lock, under a key of the stage."""
    assert changed("compact", state_bucket="states").document["terraform"]["backend"] == {
        "s3": {
            "bucket": "states",
            "encrypt": True,
            "key": "airflow-dev/terraform.tfstate",
            "region": "us-east-1",
            "use_lockfile": True,
        }
    }
    assert compact.document["terraform"]["backend"]["s3"]["bucket"] == PLACEHOLDER


def test_the_state_may_be_elsewhere() -> None:
    """The state can be in another region, with a prefix, the user's key and its own role."""
    document = changed(
        "compact",
        assume_role_arn=ROLE,
        state_bucket="states",
        state_region="eu-central-1",
        state_key_prefix="teams/data/",
        state_kms_key_arn=KEY,
        state_role_arn=STATE_ROLE,
    ).document

    assert document["terraform"]["backend"]["s3"] == {
        "assume_role": {"role_arn": STATE_ROLE},
        "bucket": "states",
        "encrypt": True,
        "key": "teams/data/airflow-dev/terraform.tfstate",
        "kms_key_id": KEY,
        "region": "eu-central-1",
        "use_lockfile": True,
    }
    [provider] = document["provider"]["aws"]
    assert (provider["region"], provider["assume_role"]) == ("us-east-1", [{"role_arn": ROLE}])


def test_the_placeholder_is_no_buckets_name() -> None:
    """The placeholder is not a valid name of a bucket."""
    with pytest.raises(ValidationError):
        TypeAdapter(BucketName).validate_python(PLACEHOLDER)


def test_terraform_is_new_enough(template: Template) -> None:
    """The required Terraform version has write-only arguments."""
    assert template.document["terraform"]["required_version"] == ">= 1.11.0"


def test_the_aws_provider_has_one_exact_version(template: Template) -> None:
    """The JSON requires one exact version of the AWS provider, which the settings can change."""
    assert template.document["terraform"]["required_providers"]["aws"]["version"] == "6.69.1"
    older = changed("compact", aws_provider_version="6.25.0").document
    assert older["terraform"]["required_providers"]["aws"]["version"] == "6.25.0"


def test_the_provider_is_the_settings() -> None:
    """Region, accounts, role and tags of the provider are those of the settings, and the backend has the same role."""
    template = changed(
        "compact",
        region="eu-central-1",
        allowed_account_ids=("123456789012",),
        assume_role_arn=ROLE,
        tags={"Team": "data"},
    )
    [provider] = template.document["provider"]["aws"]

    assert provider["region"] == "eu-central-1"
    assert provider["allowed_account_ids"] == ["123456789012"]
    assert provider["assume_role"] == [{"role_arn": ROLE}]
    assert provider["default_tags"] == [{"tags": {"Stack": "airflow-dev", "ManagedBy": "terraform", "Team": "data"}}]
    assert template.document["terraform"]["backend"]["s3"]["assume_role"] == {"role_arn": ROLE}
    assert template.document["terraform"]["backend"]["s3"]["region"] == "eu-central-1"


def test_tags_of_others_are_left_alone() -> None:
    """The provider ignores only the tags in the settings."""
    [keys] = changed("compact", ignore_tags=IgnoreTags(keys=("CostCenter",))).document["provider"]["aws"]
    [prefixes] = changed("compact", ignore_tags=IgnoreTags(key_prefixes=("org:",))).document["provider"]["aws"]

    assert keys["ignore_tags"] == [{"keys": ["CostCenter"]}]
    assert prefixes["ignore_tags"] == [{"key_prefixes": ["org:"]}]


def test_without_limits_there_are_none(compact: Template) -> None:
    """Without account ids in the settings, any account is allowed."""
    [provider] = compact.document["provider"]["aws"]

    assert not provider.keys() & {"allowed_account_ids", "assume_role", "ignore_tags"}
