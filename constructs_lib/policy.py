"""IAM policy documents as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from constructs_lib.user_text import json_document

if TYPE_CHECKING:
    from constructs_lib.account import Account

Statement = Mapping[str, Any]
Conditions = Mapping[str, Mapping[str, str | Sequence[str]]]


def allow(actions: Sequence[str], resources: Sequence[str], conditions: Conditions | None = None) -> Statement:
    """Return a statement that allows *actions* on *resources* under *conditions*."""
    statement: dict[str, Any] = {"Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
    return statement | ({"Condition": conditions} if conditions else {})


def policy_document(statements: Iterable[Statement]) -> str:
    """Return the JSON of a policy with *statements*."""
    return json_document({"Version": "2012-10-17", "Statement": list(statements)})


def trust(service: str, account: Account, source_arn: str) -> Statement:
    """
    Return a statement of a role's trust: *service* may take it for what *source_arn* names in this account.

    The conditions keep another account's service from using the role (AWS: "The confused deputy problem").
    """
    return {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": account.id}, "ArnLike": {"aws:SourceArn": source_arn}},
    }


def tls_only(actions: str, resources: Sequence[str]) -> Statement:
    """Return a statement of a resource's policy that refuses every call that does not use TLS."""
    return {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": actions,
        "Resource": list(resources),
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
