"""The policies of the VPC endpoints of a closed network: which accounts and resources they let through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from constructs_lib.iam.policy import policy_document

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from constructs_lib.iam.account import Account
    from constructs_lib.iam.policy import Statement

OWN_POLICIES = frozenset({"s3", "ssm"})
"""Services in which AWS itself owns resources that tasks need."""


@dataclass(frozen=True)
class Perimeter:
    """
    What the endpoints let through of other accounts, and whether EC2 instances need AWS's own resources.

    `accounts` may call and be called; of `owners` only the resources may be called. `buckets` are S3 buckets, whose
    ARNs name no account.
    """

    accounts: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    buckets: tuple[str, ...] = ()
    has_instances: bool = False

    def policy(self, service: str, account: Account) -> str:
        """Return the policy of the endpoint to *service*, which limits what roles and resource policies allow."""
        statements = [*self._everywhere(account)]
        if service == "s3":
            statements += self._s3(account)
        if service == "ssm":
            # AWS's own parameters belong to no account.
            parameters = f"arn:{account.partition}:ssm:{account.region}::parameter/aws/*"
            statements.append(_allow("PublicParameters", ["ssm:GetParameter*"], [parameters], self._callers(account)))
        return policy_document(statements)

    def _callers(self, account: Account) -> dict[str, Any]:
        return {"StringEquals": {"aws:PrincipalAccount": [account.id, *self.accounts]}}

    def _everywhere(self, account: Account) -> Iterator[Statement]:
        # Not every action has an owner of what it acts on: `cloudwatch:PutMetricData` knows no resource.
        owners = {"aws:ResourceAccount": [account.id, *self.accounts, *self.owners]}
        yield _allow("OwnAccount", ["*"], ["*"], self._callers(account) | {"StringEqualsIfExists": owners})
        # AWS, data-perimeter-policy-examples: services that act in the network on behalf of the account.
        yield _allow("AwsServices", ["*"], ["*"], {"Bool": {"aws:PrincipalIsAWSService": "true"}})

    def _s3(self, account: Account) -> Iterator[Statement]:
        prefix = f"arn:{account.partition}:s3:::"
        # ECR itself signs the URLs of layers (Amazon ECR User Guide, "Create the Amazon S3 gateway endpoint").
        owned_by_aws = [f"{prefix}prod-{account.region}-starport-layer-bucket/*"]
        if self.has_instances:
            # Packages of Amazon Linux 2023 (AWS, data-perimeter-policy-examples, "Service-owned resources").
            owned_by_aws.append(f"{prefix}al2023-repos-{account.region}-de612dc2/*")
        yield _allow("OwnedByAws", ["s3:GetObject"], owned_by_aws, None)
        if self.buckets:
            named = [f"{prefix}{bucket}{objects}" for bucket in self.buckets for objects in ("", "/*")]
            yield _allow("NamedBuckets", ["s3:*"], named, self._callers(account))


def _allow(sid: str, actions: list[str], resources: list[str], conditions: Mapping[str, Any] | None) -> Statement:
    statement = {"Sid": sid, "Effect": "Allow", "Principal": "*", "Action": actions, "Resource": resources}
    return statement | ({"Condition": conditions} if conditions else {})
