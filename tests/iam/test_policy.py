"""IAM policy documents."""

import json

from constructs_lib.iam.policy import allow, policy_document, tls_only, token_order


def test_allow_adds_no_more_than_its_arguments() -> None:
    """Actions, resources, and conditions only if there are some."""
    assert allow(["s3:GetObject"], ["arn:aws:s3:::x/*"]) == {
        "Effect": "Allow",
        "Action": ["s3:GetObject"],
        "Resource": ["arn:aws:s3:::x/*"],
    }
    assert allow(["a:b"], ["*"], {"Bool": {"x": "true"}})["Condition"] == {"Bool": {"x": "true"}}


def test_tls_only_denies_and_allows_nothing() -> None:
    """The statement refuses everybody who does not use TLS, and gives nobody anything."""
    statement = tls_only("sqs:*", ["arn"])

    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_a_document_is_short() -> None:
    """A policy counts by its characters, so that it is written without blanks."""
    document = policy_document([allow(["a:b"], ["*"])])

    assert " " not in document
    assert json.loads(document)["Version"] == "2012-10-17"


def test_the_order_of_arns_is_that_of_their_tokens() -> None:
    """One more token elsewhere, which makes 99 and 100 of 98 and 99, changes no policy."""
    arns = ["${TfToken[TOKEN.100]}", "${TfToken[TOKEN.99]}", "arn:aws:iam::1:role/x"]

    assert sorted(arns, key=token_order) == ["${TfToken[TOKEN.99]}", "${TfToken[TOKEN.100]}", "arn:aws:iam::1:role/x"]
