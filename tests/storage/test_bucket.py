"""Promises of a private bucket."""

import pytest

from constructs_lib.engine.addressed_stack import AddressedStack
from constructs_lib.storage.bucket import Bucket
from tests.template import Template

LIFECYCLE = "aws_s3_bucket_lifecycle_configuration"


def define(stack: AddressedStack, *, protected: bool = False, versioned: bool = False) -> Template:
    """Define a bucket whose content goes after 30 days."""
    Bucket(stack, "Bucket", name="team", protected=protected, expiration_days=30, versioned=versioned)
    return Template.of(stack)


def test_nobody_makes_it_public(stack: AddressedStack) -> None:
    """The bucket cannot be public, by a policy or an access control list."""
    block = define(stack).one("aws_s3_bucket_public_access_block")

    assert all(
        block[key]
        for key in ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
    )


def test_it_is_encrypted(stack: AddressedStack) -> None:
    """The bucket is encrypted with S3's keys."""
    [rule] = define(stack).one("aws_s3_bucket_server_side_encryption_configuration")["rule"]

    assert rule["apply_server_side_encryption_by_default"] == {"sse_algorithm": "AES256"}


def test_nobody_stores_what_only_the_own_key_opens(stack: AddressedStack) -> None:
    """Objects with the caller's own key are refused."""
    [rule] = define(stack).one("aws_s3_bucket_server_side_encryption_configuration")["rule"]

    assert rule["blocked_encryption_types"] == ["SSE-C"]


def test_it_speaks_tls_only(stack: AddressedStack) -> None:
    """The policy denies calls without TLS to the bucket and its objects."""
    [(_, statement)] = define(stack).statements("aws_s3_bucket_policy")

    assert (statement["Effect"], statement["Action"]) == ("Deny", "s3:*")
    assert [resource.partition("}")[2] for resource in statement["Resource"]] == ["", "/*"]


def test_old_objects_go(stack: AddressedStack) -> None:
    """Objects expire after their days, and unfinished uploads after a week."""
    [rule] = define(stack).one(LIFECYCLE)["rule"]

    assert rule["status"] == "Enabled"
    assert rule["expiration"] == [{"days": 30}]
    assert rule["abort_incomplete_multipart_upload"] == [{"days_after_initiation": 7}]


def test_a_versioned_bucket_keeps_what_is_current(stack: AddressedStack) -> None:
    """In a versioned bucket only old versions expire."""
    template = define(stack, versioned=True)
    [rule] = template.one(LIFECYCLE)["rule"]

    assert template.one("aws_s3_bucket_versioning")["versioning_configuration"]["status"] == "Enabled"
    assert "expiration" not in rule
    assert rule["noncurrent_version_expiration"] == [{"noncurrent_days": 30}]


@pytest.mark.parametrize("protected", [True, False])
def test_a_full_bucket_goes_unless_it_is_protected(stack: AddressedStack, *, protected: bool) -> None:
    """A full bucket is deleted unless it is protected."""
    bucket = define(stack, protected=protected).one("aws_s3_bucket")

    assert bucket["force_destroy"] is not protected
    assert bucket["lifecycle"]["prevent_destroy"] is protected
