"""IAM policy documents."""

import json

from constructs_lib.iam.policy import allow, policy_document, tls_only, token_order


def test_allow_adds_no_more_than_its_arguments() -> None:
    """A statement has actions and resources, and conditions only if there are any."""
    assert allow(["s3:GetObject"], ["arn:aws:s3:::x/*"]) == {
        "Effect": "Allow",
        "Action": ["s3:GetObject"],
        "Resource": ["arn:aws:s3:::x/*"],
    }
    assert allow(["a:b"], ["*"], {"Bool": {"x": "true"}})["Condition"] == {"Bool": {"x": "true"}}


def test_tls_only_denies_and_allows_nothing() -> None:
    """The statement denies every call without TLS and allows nothing."""
    statement = tls_only("sqs:*", ["arn"])

    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_a_document_is_short() -> None:
    """A policy document has no white space, because IAM counts its characters."""
    document = policy_document([allow(["a:b"], ["*"])])

    assert " " not in document
    assert json.loads(document)["Version"] == "2012-10-17"


def test_the_order_of_arns_is_that_of_their_tokens() -> None:
    """ARNs are sorted by the order of their tokens, so one more token elsewhere changes no policy."""
    arns = ["${TfToken[TOKEN.100]}", "${TfToken[TOKEN.99]}", "arn:aws:iam::1:role/x"]

    assert sorted(arns, key=token_order) == ["${TfToken[TOKEN.99]}", "${TfToken[TOKEN.100]}", "arn:aws:iam::1:role/x"]
