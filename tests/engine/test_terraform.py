"""Promises of how Terraform works for a stage."""

import pytest
from pydantic import TypeAdapter, ValidationError

from constructs_lib.engine.addressed_stack import AddressedStack
from constructs_lib.engine.terraform import PLACEHOLDER, use_provider
from constructs_lib.settings.values import BucketName
from tests.template import Template
from tests.variants import OTHER_VALUES, ROLE, with_other_values

STATE_ROLE, KEY = (OTHER_VALUES["compact"][name] for name in ("state_role_arn", "state_kms_key_arn"))


def test_the_state_is_in_s3(compact: Template) -> None:
    """The state is encrypted in S3, with a lock, under a key of the stage."""
    assert with_other_values("no_nat").document["terraform"]["backend"] == {
        "s3": {
            "bucket": "states",
            "encrypt": True,
            "key": "airflow-closed/terraform.tfstate",
            "region": "us-east-1",
            "use_lockfile": True,
        }
    }
    assert compact.document["terraform"]["backend"]["s3"]["bucket"] == PLACEHOLDER


@pytest.fixture(name="elsewhere")
def _elsewhere() -> Template:
    """Return a stage whose settings of Terraform all differ from their defaults."""
    return with_other_values("compact")


def test_the_state_may_be_elsewhere(elsewhere: Template) -> None:
    """The state can be in another region, with a prefix, the user's key and its own role."""
    document = elsewhere.document

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
    assert (provider["region"], provider["assume_role"]) == ("eu-west-1", [{"role_arn": ROLE}])


def test_the_placeholder_is_no_buckets_name() -> None:
    """The placeholder is not a valid name of a bucket."""
    with pytest.raises(ValidationError):
        TypeAdapter(BucketName).validate_python(PLACEHOLDER)


def test_terraform_is_new_enough(template: Template) -> None:
    """The required Terraform version has write-only arguments."""
    assert template.document["terraform"]["required_version"] == ">= 1.11.0"


def test_the_aws_provider_has_one_exact_version(template: Template, elsewhere: Template) -> None:
    """The JSON requires one exact version of the AWS provider, which the settings can change."""
    assert template.document["terraform"]["required_providers"]["aws"]["version"] == "6.69.1"
    assert elsewhere.document["terraform"]["required_providers"]["aws"]["version"] == "6.25.0"


def test_the_provider_is_the_settings(elsewhere: Template) -> None:
    """Region, accounts, role and tags of the provider are those of the settings."""
    [provider] = elsewhere.document["provider"]["aws"]

    assert provider["region"] == "eu-west-1"
    assert provider["allowed_account_ids"] == ["123456789012"]
    assert provider["assume_role"] == [{"role_arn": ROLE}]
    assert provider["default_tags"] == [{"tags": {"Stack": "airflow-dev", "ManagedBy": "terraform", "Team": "data"}}]


def test_the_state_follows_the_stage() -> None:
    """The backend has the region and the role of the provider unless it has its own."""
    backend = with_other_values("split").document["terraform"]["backend"]["s3"]

    assert backend["assume_role"] == {"role_arn": ROLE}
    assert backend["region"] == "eu-central-1"


def test_tags_of_others_are_left_alone(elsewhere: Template) -> None:
    """The provider ignores the tags in the settings."""
    [provider] = elsewhere.document["provider"]["aws"]

    assert provider["ignore_tags"] == [{"keys": ["CostCenter"], "key_prefixes": ["org:"]}]


@pytest.mark.parametrize(("keys", "prefixes"), [(("CostCenter",), ()), ((), ("org:",))])
def test_what_is_not_ignored_is_left_out(
    stack: AddressedStack, keys: tuple[str, ...], prefixes: tuple[str, ...]
) -> None:
    """Ignored tags may have only keys or only prefixes."""
    use_provider(
        stack,
        region="eu-central-1",
        role_arn=None,
        account_ids=(),
        tags={},
        ignored_tags=keys,
        ignored_tag_prefixes=prefixes,
        version="6.25.0",
    )
    [provider] = Template.of(stack).document["provider"]["aws"]

    named = {"keys": list(keys), "key_prefixes": list(prefixes)}
    assert provider["ignore_tags"] == [{name: values for name, values in named.items() if values}]


def test_without_limits_there_are_none(compact: Template) -> None:
    """Without account ids in the settings, any account is allowed."""
    [provider] = compact.document["provider"]["aws"]

    assert not provider.keys() & {"allowed_account_ids", "assume_role", "ignore_tags"}
