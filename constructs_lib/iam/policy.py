"""IAM policy documents as plain data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from constructs_lib.engine.template import json_document

if TYPE_CHECKING:
    from constructs_lib.iam.account import Account

Statement = Mapping[str, Any]
Conditions = Mapping[str, Mapping[str, str | Sequence[str]]]


def allow(actions: Sequence[str], resources: Sequence[str], conditions: Conditions | None = None) -> Statement:
    """Return a statement that allows *actions* on *resources* under *conditions*."""
    statement: dict[str, Any] = {"Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
    return statement | ({"Condition": conditions} if conditions else {})


def policy_document(statements: Iterable[Statement]) -> str:
    """Return the JSON of a policy with *statements*."""
    return json_document({"Version": "2012-10-17", "Statement": list(statements)})


def token_order(text: str) -> str:
    """
    Return a key to sort ARNs by, in the order in which their tokens were created.

    CDKTF numbers its tokens. As text, number 100 comes before 99: one more token anywhere would change the order.
    """
    return re.sub(r"(?<=TOKEN\.)\d+", lambda number: number[0].zfill(9), text)


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


def deny_others(
    sid: str, actions: Sequence[str], resources: Sequence[str], *, principal_arns: Sequence[str]
) -> Statement:
    """
    Return a statement of a resource's policy that refuses *actions* to all users and roles but *principal_arns*.

    A role is named by its own ARN with its path, not by the ARN of a session. AWS's own services, such as SQS when it
    moves a message to a dead-letter queue, are not refused: no policy here allows them more (IAM user guide,
    "AWS global condition context keys": `aws:PrincipalArn`, `aws:PrincipalIsAWSService`, both present in every signed
    request).
    """
    conditions: dict[str, Any] = {"Bool": {"aws:PrincipalIsAWSService": "false"}}
    if principal_arns:
        conditions["ArnNotEquals"] = {"aws:PrincipalArn": sorted(set(principal_arns), key=token_order)}
    return {
        "Sid": sid,
        "Effect": "Deny",
        "Principal": "*",
        "Action": list(actions),
        "Resource": list(resources),
        "Condition": conditions,
    }
